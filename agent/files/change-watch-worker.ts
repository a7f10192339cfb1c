// The thread that hears of changes (change-watch.ts). It has a queue of events of its own, which nothing else in the agent can
// hold up, and in which the events of all its directories stand in the order in which they happened.
import { closeSync, lstatSync, openSync, readFileSync, unlinkSync, watch } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { isMissing } from "../disk-errors.ts";
import { type Change, markName, type Watched, type WorkerReport } from "./change-watch.ts";
import { notOfTheData } from "./listing.ts";

const { dataDir, directories, ownDir, mostAtOnce = queueLength() / 2 } = workerData as Watched;
const known = new Set(directories);
const changed = new Set<string>();
const questions: number[] = [];

/** A full queue drops events and tells nobody. But then, who reads it to its end at once finds as many as it has room for. */
let heardAtOnce = 0;
let hasOverflown = false;
/** Something changed that is not watched: also what comes later is not known. */
let hasOutgrown = false;

function report(message: WorkerReport): void {
  parentPort?.postMessage(message);
}

function queueLength(): number {
  return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
}

function hear(directory: string): void {
  watch(join(dataDir, directory), (event, name) => {
    count();
    if (event !== "rename") return; // written to, or linked by us
    if (name === null || name.includes("\ufffd")) hasOutgrown = true;
    else if (directory !== ".") changed.add(`${directory}/${name}`);
    else if (!notOfTheData.includes(name)) changed.add(name);
  }).on("error", () => {
    hasOutgrown = true;
  });
}

/** Node calls for each event, and for all that are queued before it does anything else. */
function count(): void {
  if (heardAtOnce === 0) {
    setImmediate(() => {
      heardAtOnce = 0;
    });
  }
  if (++heardAtOnce > mostAtOnce) hasOverflown = true;
}

function answer(): void {
  const paths = [...changed];
  changed.clear();
  const changes = paths.map(lookAt);
  const isWhole = !hasOverflown && !hasOutgrown;
  hasOverflown = false;
  for (const question of questions.splice(0)) report({ question, changes: isWhole ? changes : undefined });
}

function lookAt(path: string): Change {
  const found = lstatSync(join(dataDir, path), { throwIfNoEntry: false });
  if (known.has(path) || found?.isDirectory() || found?.isSymbolicLink()) hasOutgrown = true;
  return { path, isFile: found?.isFile() ?? false };
}

function mark(): void {
  closeSync(openSync(join(ownDir, markName), "w", 0o600));
}

/** Its own event is heard before any other question, since all that is in the queue is. */
function unmark(): void {
  try {
    unlinkSync(join(ownDir, markName));
  } catch (error) {
    if (!isMissing(error)) throw error; // the piece that it was in may have been thrown away meanwhile
  }
}

watch(ownDir, (event, name) => {
  count();
  if (event !== "rename" || name !== markName || questions.length === 0) return;
  answer();
  unmark();
});
for (const directory of [".", ...directories]) hear(directory);
parentPort?.on("message", (question: number) => {
  questions.push(question);
  mark();
});
report("watching");
