// Brings a prepared base to the cut: a private server without network works on it, and gets what the binary logs have, from the
// base's position to exactly that of the cut. Its socket is in a directory that only our user may enter, so it asks nobody
// for a password. It writes no binary log itself: the restored server begins a new one.
//
// XA transactions come out as they were: what was prepared at the cut is prepared again, whether it is in the base or comes
// from the binary log.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cancelledBy } from "../../../proto/call.ts";
import { StillpointError } from "../../../proto/errors.ts";
import type { CutFile } from "./cut-file.ts";
import { mustSucceed, type Program, type Programs, startProgram } from "./programs.ts";
import { Session } from "./session.ts";

export interface Replay {
  /** A data directory that mariadb-backup has prepared. */
  dataDir: string;
  /** With the binary logs that `cut` names. */
  binlogs: string;
  cut: CutFile;
  programs: Programs;
}

const askEveryMs = 50;

/** @throws StillpointError corrupt, if anything cannot be replayed */
export async function replay(work: Replay, signal: AbortSignal): Promise<void> {
  await withScratch(async (scratch) => {
    const command = serverCommand(work, scratch);
    const server = await startProgram(command, { signal });
    try {
      await becomesReady(command, server, socketIn(scratch), signal);
      await replayInto(work, socketIn(scratch), signal);
      server.stop();
      await mustSucceed(command, server, { signal, reason: "corrupt" });
    } finally {
      server.kill();
      await server.ended;
    }
  });
}

function serverCommand({ dataDir, cut, programs }: Replay, scratch: string): string[] {
  const { settings, plugins } = cut.server;
  return [
    programs.mariadbd ?? "mariadbd",
    `--defaults-file=${join(dataDir, "backup-my.cnf")}`, // page size and the like, as mariadb-backup found them
    ...(process.geteuid?.() === 0 ? ["--user=root"] : []),
    ...[`--datadir=${dataDir}`, `--socket=${socketIn(scratch)}`, `--pid-file=${join(scratch, "pid")}`],
    ...["--skip-networking", "--skip-grant-tables", "--skip-log-bin", "--skip-slave-start", "--server-id=1"],
    `--tmpdir=${scratch}`, // else it would remove the live server's temporary tables at its start, which then dies
    ...[`--secure-file-priv=${scratch}`, "--skip-symbolic-links"], // no statement gets at other files
    ...["--max-allowed-packet=1G", "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-dump-at-shutdown=OFF"],
    "--plugin-maturity=unknown",
    ...plugins.map((each) => `--plugin-load-add=${each}`),
    ...Object.entries(settings).map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`),
  ];
}

async function becomesReady(command: readonly string[], server: Program, socket: string, signal: AbortSignal) {
  let hasEnded = false;
  const end = server.ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    if (hasEnded) {
      await mustSucceed(command, server, { signal, reason: "corrupt" });
      throw new StillpointError("corrupt", "the private server ended at once");
    }
    if (signal.aborted) throw cancelledBy(signal);
    if (existsSync(socket) && (await answers(socket))) return;
    await Promise.race([end, pause(askEveryMs)]);
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    const session = await Session.open({ address: `unix:${socket}`, username: "root" }, 1_000);
    await session.close(1_000);
    return true;
  } catch {
    return false; // not yet; its end is looked at, too
  }
}

/** FLUSH PRIVILEGES: a server that skips its grant tables refuses statements that change them. This one client keeps all rights. */
async function replayInto(work: Replay, socket: string, signal: AbortSignal): Promise<void> {
  if (isEmpty(work.cut)) return;
  const reader = readerCommand(work);
  const flags = ["--no-defaults", `--socket=${socket}`, "--user=root", "--binary-mode", "--max-allowed-packet=1G"];
  const writer = [work.programs.mariadb ?? "mariadb", ...flags, "--init-command=FLUSH PRIVILEGES"];
  const reading = await startProgram(reader, { signal });
  try {
    const writing = await startProgram(writer, { signal, stdin: reading.stdout });
    reading.stdout.destroy(); // the writer alone has it now, so that the reader ends with it
    await mustSucceed(writer, writing, { signal, reason: "corrupt" });
    await mustSucceed(reader, reading, { signal, reason: "corrupt" });
    mustHaveReadAll(reading.said());
  } finally {
    reading.kill();
    await reading.ended;
  }
}

/** Nothing was written between base and cut, and mariadb-binlog would never see that it got there. */
function isEmpty({ binlogs, startPosition, stopPosition }: CutFile): boolean {
  return binlogs.length === 1 && startPosition === stopPosition;
}

/** It ends with 0 also where it stops early, at an event that is damaged or not there. */
function mustHaveReadAll(said: string): void {
  const complaint = said.split("\n").find((line) => /^(ERROR|WARNING)\b/.test(line));
  if (complaint !== undefined)
    throw new StillpointError("corrupt", `mariadb-binlog did not reach the cut: ${complaint}`);
}

function readerCommand({ binlogs, cut, programs }: Replay): string[] {
  const range = [`--start-position=${cut.startPosition}`, `--stop-position=${cut.stopPosition}`]; // in the first, and the last
  const files = cut.binlogs.map((name) => join(binlogs, name));
  return [
    programs["mariadb-binlog"] ?? "mariadb-binlog",
    "--no-defaults",
    "--verify-binlog-checksum",
    ...range,
    ...files,
  ];
}

/** A path of a socket must be short. */
async function withScratch<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "stillpoint-replay-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function socketIn(scratch: string): string {
  return join(scratch, "socket");
}
