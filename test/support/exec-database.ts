// A tiny database that is stopped by files in its directory, as exec-commands.ts does it:
//   lock      made by a stop: a link that points to its id; writes are stopped while it is there
//   stopped   made here when they are
//   open      the open write transactions, one JSON object a line
//   close     asks to close the database
//   closed    made here when it is, says why
import { existsSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../proto/errors.ts";
import { serveControl } from "./database-control.ts";
import { FilesOnDisk } from "./files-on-disk.ts";
import { aborted, TinyDatabase } from "./tiny-database.ts";

const [dir = ""] = process.argv.slice(2);
const lookEveryMs = 5;
/** Whoever made the lock keeps the limits. */
const untilUnlocked = { lockId: "lock", waitMs: 1_000_000, holdMs: 1_000_000 };

const database = new TinyDatabase(new FilesOnDisk(dir));
let lock: AbortController | undefined;
let listed = "";

for (const name of ["lock", "stopped", "close", "closed"]) remove(name);
put("pid", String(process.pid));
put("open", listed);
serveControl(database);
for (;;) {
  look();
  await pause(lookEveryMs);
}

function look(): void {
  const isLocked = lstatSync(join(dir, "lock"), { throwIfNoEntry: false }) !== undefined;
  if (!isLocked) {
    lock?.abort();
    lock = undefined;
  } else if (lock === undefined) {
    lock = new AbortController();
    void holdWhile(lock.signal);
  }
  const open = database.openWrites().map((each) => `${JSON.stringify(each)}\n`);
  if (open.join("") !== listed) put("open", open.join(""));
  listed = open.join("");
  openOrClose(existsSync(join(dir, "close")));
}

async function holdWhile(locked: AbortSignal): Promise<void> {
  const stop = await database.stopWrites(untilUnlocked, locked).catch(() => undefined); // unlocked meanwhile
  if (stop === undefined) return;
  put("stopped", "");
  await aborted(locked);
  database.letGo(stop, "resumed");
  remove("stopped");
}

function openOrClose(close: boolean): void {
  if (close === (database.state === "closed")) return;
  try {
    if (close) database.close();
    else database.open();
    if (close) put("closed", "closed");
    else remove("closed");
  } catch (error) {
    put("closed", messageOf(error));
  }
}

function put(name: string, text: string): void {
  writeFileSync(join(dir, `${name}.new`), text);
  renameSync(join(dir, `${name}.new`), join(dir, name));
}

function remove(name: string): void {
  rmSync(join(dir, name), { force: true });
}
