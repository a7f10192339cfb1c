// The invariants of backups: what coordinators say of them is compared with what is on the disks, and what they show with what
// the database's clients were promised.
import { parseDump } from "../../coordinator/plan.ts";
import { committedIds, leftovers, type PieceOnDisk, readBackup } from "./backups-on-disk.ts";
import { root } from "./coordinators.ts";
import { ignoredStop, lyingDisk } from "./declared-faults.ts";
import { History } from "./history.ts";
import type { World } from "./world.ts";

interface PlanState {
  at: number;
  text: string;
}

const leavesNothing = "an aborted backup leaves nothing behind once its agents have run again";

export class BackupChecks {
  readonly history = new History();
  /** Backups that a coordinator has reported as made, and that nobody wanted to delete. */
  readonly made = new Set<string>();
  /** Backups whose pieces were all sealed and proved, and for which their run has said so in the agency. */
  readonly decided = new Set<string>();
  /** Backups that somebody wanted to delete: they may go at any time. */
  readonly deleted = new Set<string>();
  readonly #world: World;
  readonly #plans: PlanState[] = [];
  /** Since the last power cut, which may have damaged anything. */
  readonly #seenWhole = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  onPlanChanged(): void {
    const prefix = `${root}/Plan/`;
    const entries = this.#world.agency.below(prefix).map(({ key, value }) => [key.slice(prefix.length), `${value}`]);
    this.#plans.push({ at: this.#world.now, text: JSON.stringify(entries) });
  }

  onPowerCut(): void {
    this.#seenWhole.clear();
  }

  /** A coordinator says that this backup is there, whole and consistent. */
  mustBeComplete(backupId: string, who: string): void {
    if (this.deleted.has(backupId) || this.#world.declared.has(lyingDisk)) return;
    if (this.#seenWhole.has(backupId)) return;
    this.#seenWhole.add(backupId);
    const pieces = readBackup(this.#world.hosts, backupId);
    if (typeof pieces === "string") {
      this.#world.oracle.violate("nothing uncommitted is ever listed as complete", `${who}: ${backupId}: ${pieces}`);
      return;
    }
    this.#mustBeOneCut(backupId, pieces);
    for (const piece of pieces) this.#mustHaveRightDump(backupId, piece);
  }

  /** When all is well again, and all agents have run. */
  atTheEnd(): void {
    if (this.#world.declared.has(lyingDisk)) return;
    this.#seenWhole.clear();
    for (const id of this.made) this.mustBeComplete(id, "the end");
    const { hosts, oracle } = this.#world;
    const left = hosts.flatMap(leftovers);
    if (left.length > 0) oracle.violate(leavesNothing, left.join(", "));
    for (const id of new Set(hosts.flatMap(committedIds))) this.#mustBeOnAll(id);
    for (const id of this.decided) this.#mustBeFinished(id);
  }

  #mustBeOnAll(id: string): void {
    const having = this.#world.hosts.filter((host) => committedIds(host).includes(id));
    if (having.length === this.#world.hosts.length) return;
    this.#world.oracle.violate(leavesNothing, `${id} is only on ${having.map(({ serverId }) => serverId).join(", ")}`);
  }

  #mustBeFinished(id: string): void {
    if (this.deleted.has(id) || this.#world.hosts.every((host) => committedIds(host).includes(id))) return;
    this.#world.oracle.violate(
      "a run whose pieces are all sealed and proved is finished, whoever dies",
      `${id} is gone`,
    );
  }

  #mustBeOneCut(backupId: string, pieces: PieceOnDisk[]): void {
    if (this.#world.declared.has(ignoredStop)) return;
    const shown = new Map(pieces.map(({ serverId, content }) => [serverId, content.writes]));
    const inDoubt = pieces.flatMap(({ content }) => [...content.inDoubt]);
    const openProblem = inDoubt.length > 0 ? `${inDoubt.join(", ")} in doubt` : undefined;
    const problem = this.history.inconsistency(shown) ?? openProblem;
    if (problem === undefined) return;
    this.#world.oracle.violate("a backup listed as complete shows a consistent cut", `${backupId}: ${problem}`);
  }

  #mustHaveRightDump(backupId: string, { serverId, dump, meta }: PieceOnDisk): void {
    const lockedAt = this.#world.oracle.runs.of(backupId)?.lockedAt.get(meta.hold?.round ?? 0);
    if (lockedAt === undefined) return;
    const plan = this.#plans.findLast(({ at }) => at <= lockedAt)?.text;
    const entries = parseDump(dump).entries.map(({ key, value }) => [key, `${value}`]);
    if (JSON.stringify(entries) === plan) return;
    this.#world.oracle.violate(
      "the dump in every piece is the Plan at the cut",
      `${serverId} has another in ${backupId}`,
    );
  }
}
