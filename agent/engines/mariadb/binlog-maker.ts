// A piece from a base and binary logs. Raw copies of a running server's files are wrong in every order that was tried; so the
// slow copy is mariadb-backup's, before the lock, and all that is done under the lock is to read a position.
//
//   prepare    base/ by mariadb-backup, which tells its position; the binary log is rotated first, so that little of it is old
//   cut        the position now
//   complete   binlogs/ from the one to the other; cut.json
//   unpack     prepare the base, replay the binary logs on it, put the data directory that comes out in the place of all this
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { StillpointError } from "../../../proto/errors.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { explained } from "../../disk.ts";
import type { MadeCut, PieceMaker } from "../engine.ts";
import { copyServer, giveTo } from "./base.ts";
import {
  type BinlogPlace,
  type BinlogPosition,
  binlogPlace,
  binlogPosition,
  binlogsBetween,
  copyBinlogs,
  identityOf,
  purged,
} from "./binlogs.ts";
import { blockersOf, waitOfBackups } from "./blockers.ts";
import { type ReplayServer, replayServer, writeCutFile } from "./cut-file.ts";
import type { MariadbAddress, Session } from "./session.ts";
import { type UnpackPorts, unpackPiece } from "./unpack.ts";

export interface MakerPorts extends UnpackPorts {
  server: MariadbAddress;
  /** A connection that is there already. */
  session(): Promise<Session>;
  callTimeoutMs: number;
  /** Longest time that mariadb-backup may wait for its own lock. */
  baseWaitMs: number;
}

interface Base {
  position: BinlogPosition;
  /** Of the file that the position is in. */
  identity: string | undefined;
  place: BinlogPlace;
  server: ReplayServer;
}

const lookEveryMs = 250;

export class BinlogMaker implements PieceMaker {
  readonly #ports: MakerPorts;
  readonly #bases = new Map<string, Base>();

  constructor(ports: MakerPorts) {
    this.#ports = ports;
  }

  async prepare(dir: string, signal: AbortSignal): Promise<void> {
    const { callTimeoutMs, server, programs } = this.#ports;
    const waitsTooLong = (each: AbortSignal) => this.#waitsTooLong(each);
    this.#bases.clear(); // one piece at a time
    for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true });
    const session = await this.#ports.session();
    await session.ask("FLUSH NO_WRITE_TO_BINLOG BINARY LOGS", callTimeoutMs);
    const place = await binlogPlace(session, callTimeoutMs);
    const replayedBy = await replayServer(session, callTimeoutMs);
    const position = await copyServer(join(dir, "base"), { server, programs, waitsTooLong }, signal);
    const identity = await identityOf(place, position.file);
    this.#bases.set(dir, { position, identity, place, server: replayedBy });
  }

  async cut(dir: string): Promise<MadeCut> {
    const base = this.#bases.get(dir);
    if (base === undefined) {
      throw new StillpointError("not-found", "this piece has no base yet", { hint: "call Prepare first" });
    }
    const { callTimeoutMs } = this.#ports;
    const session = await this.#ports.session();
    const [end, [row]] = await Promise.all([
      binlogPosition(session, callTimeoutMs),
      session.ask("SELECT @@gtid_binlog_state state", callTimeoutMs),
    ]);
    return { complete: (signal) => this.#complete(dir, base, { end, gtidState: String(row?.state) }, signal) };
  }

  async unpack(dir: string, signal: AbortSignal): Promise<void> {
    await unpackPiece(dir, this.#ports, signal);
  }

  /** Undefined also while the server does not answer: then mariadb-backup fails by itself. */
  async #waitsTooLong(signal: AbortSignal): Promise<StillpointError | undefined> {
    while (await systemClock.sleep(lookEveryMs, signal)) {
      const error = await this.#waitsTooLongNow().catch(() => undefined);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  async #waitsTooLongNow(): Promise<StillpointError | undefined> {
    const { session, callTimeoutMs, baseWaitMs, server } = this.#ports;
    const asked = await session();
    if ((await waitOfBackups(asked, server.username, callTimeoutMs)) < baseWaitMs) return undefined;
    const what = `mariadb-backup had to wait for its lock for more than ${baseWaitMs} ms`;
    return new StillpointError("lock-busy", what, {
      blockers: await blockersOf(asked, callTimeoutMs),
      hint: "wait for what is in the way to end, or KILL it",
    });
  }

  async #complete(
    dir: string,
    { position, identity, place, server }: Base,
    { end, gtidState }: { end: BinlogPosition; gtidState: string },
    signal: AbortSignal,
  ): Promise<void> {
    const session = await this.#ports.session();
    const binlogs = await binlogsBetween(session, position.file, end.file, this.#ports.callTimeoutMs);
    await copyBinlogs(place, binlogs, end, join(dir, "binlogs"), signal);
    if ((await identityOf(place, position.file)) !== identity) throw purged(position.file);
    const logName = place.directory === this.#ports.dataDir ? place.name : "";
    const [startPosition, stopPosition] = [position.position, end.position];
    await writeCutFile(dir, { binlogs, startPosition, stopPosition, gtidState, logName, server });
    await explained(giveTo)(this.#ports.dataDir, dir);
  }
}
