// The invariants of a restore: on which data each server works, told by the inode of its CURRENT, and what it shows.
import { messageOf } from "../../proto/errors.ts";
import type { AgentHost } from "./agents.ts";
import { readPiece } from "./backups-on-disk.ts";
import { hastyStart, lyingDisk } from "./declared-faults.ts";
import { contentOf } from "./layout.ts";
import type { World } from "./world.ts";

const ownData = "its own";
const putsBack = "a restore puts back what the backup shows";

export class RestoreChecks {
  readonly #world: World;
  /** Data that servers worked on before they were stopped, by server and inode. */
  readonly #known = new Map<string, { name: string; writes: Set<string> }>();
  readonly #stopped = new Set<string>();
  /** What each server works on. */
  readonly #dataOf = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  onStopped(host: AgentHost): void {
    const { serverId, files } = host;
    this.#world.trace(() => `${serverId} is stopped for a restore`);
    if (host.isDatabaseStopped) return;
    const name = this.#dataOf.get(serverId) ?? ownData;
    this.#known.set(currentOf(host), { name, writes: contentOf(files, "/data").writes });
    this.#stopped.add(serverId);
  }

  onStarted(host: AgentHost): void {
    const { serverId } = host;
    if (this.#stopped.delete(serverId)) this.#mustBeKnownOrRestored(host);
    this.#world.trace(() => `${serverId} starts on ${this.#dataOf.get(serverId) ?? ownData} data`);
    this.#mustAllBeTheSame(host);
  }

  #mustBeKnownOrRestored(host: AgentHost): void {
    const { serverId, files } = host;
    const { writes } = contentOf(files, "/data");
    const known = this.#known.get(currentOf(host));
    if (known === undefined) this.#mustBeRestored(host, writes);
    else if (!sameSet(writes, known.writes)) {
      this.#world.oracle.violate("a restore that is undone puts back what the server had", serverId);
    } else this.#dataOf.set(serverId, known.name);
  }

  #mustBeRestored(host: AgentHost, writes: Set<string>): void {
    const { serverId, files } = host;
    const text = files.find("/data/backups/.restoring/state.json")?.data?.toString() ?? "{}";
    const { backupId, failsafe } =
      (JSON.parse(text) as { state?: { backupId?: string; failsafe?: string } }).state ?? {};
    this.#dataOf.set(serverId, `restored (${failsafe})`);
    if (this.#world.declared.size > 0) return;
    try {
      if (sameSet(writes, readPiece(host, String(backupId)).content.writes)) return;
      this.#world.oracle.violate(putsBack, `${serverId} shows other writes than its piece of ${backupId}`);
    } catch (error) {
      this.#world.oracle.violate(putsBack, `${serverId}: ${messageOf(error)}`);
    }
  }

  /** At its end a restore has all servers on the backup, or all on what they had. */
  atTheEnd(): void {
    const found = this.#differences();
    if (found === undefined) return;
    this.#world.oracle.violate("a restore ends with all servers on the backup or all on what they had", found);
  }

  /** Also before its end. */
  #mustAllBeTheSame({ agent }: AgentHost): void {
    const found = this.#differences();
    if (found === undefined) return;
    if (agent === undefined) this.#world.declared.add(hastyStart);
    if (this.#world.declared.has(hastyStart)) this.#world.coverage.hit("restore: known gap at an agent's start");
    else this.#world.oracle.violate("no server works on a backup's data while another works on its old data", found);
  }

  /** A disk that lied may have any state of a restore again. */
  #differences(): string | undefined {
    if (this.#world.declared.has(lyingDisk)) return undefined;
    const running = this.#world.hosts.filter(({ database }) => database?.isOpen);
    const data = running.map(({ serverId }) => this.#dataOf.get(serverId) ?? ownData);
    if (data.every((each) => each === data[0])) return undefined;
    return running.map(({ serverId }, index) => `${serverId} on ${data[index]} data`).join(", ");
  }
}

function currentOf({ serverId, files }: AgentHost): string {
  return `${serverId}/${files.find("/data/CURRENT")?.number}`;
}

function sameSet(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((each) => right.has(each));
}
