// The thread that hears of changes (change-watch.ts). It has a queue of events of its own, which nothing else in the agent can
// hold up, and in which the events of all its directories stand in the order in which they happened.
import { closeSync, lstatSync, openSync, readFileSync, renameSync, watch } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type Change, markOf, type Watched, type WorkerReport } from "./change-watch.ts";
import { notOfTheData } from "./listing.ts";

const { dataDir, directories, ownDir, mostAtOnce = queueLength() / 2 } = workerData as Watched;
const known = new Set(directories);
const changed = new Set<string>();
/** By the name that the mark got for each. */
const questions = new Map<string, number>();

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

function answer(question: number): void {
  const paths = [...changed];
  changed.clear();
  const changes = paths.map(lookAt);
  const isWhole = !hasOverflown && !hasOutgrown;
  hasOverflown = false;
  report({ question, changes: isWhole ? changes : undefined });
}

function lookAt(path: string): Change {
  const found = lstatSync(join(dataDir, path), { throwIfNoEntry: false });
  if (known.has(path) || found?.isDirectory() || found?.isSymbolicLink()) hasOutgrown = true;
  return { path, isFile: found?.isFile() ?? false };
}

watch(ownDir, (event, name) => {
  count();
  const question = event === "rename" && name !== null ? questions.get(name) : undefined;
  if (question === undefined || name === null) return; // also when it gives up a name that it had before
  questions.delete(name);
  answer(question);
});
for (const directory of [".", ...directories]) hear(directory);
parentPort?.on("message", (question: number) => {
  const name = markOf(question);
  questions.set(name, question);
  renameSync(join(ownDir, markOf(question - 1)), join(ownDir, name));
});
closeSync(openSync(join(ownDir, markOf(0)), "w", 0o600));
report("watching");
