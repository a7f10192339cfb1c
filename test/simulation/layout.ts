// The files of the simulated database: an LSM like LevelDB's, small enough to be read by a person.
//
//   CURRENT      names the MANIFEST in force; replaced by rename
//   MANIFEST-n   lines: "+ TABLE" a table lives, "- TABLE" it does not any more, "log N" older logs mean nothing any more
//   n.sst        a line for each write; complete before the MANIFEST names it
//   n.log        lines: "W id" one write, "P id" prepared, "C id" committed, "A id" aborted
//   settings     anything else: rewritten in place
import { posix } from "node:path";
import type { FileClass, FileLayout } from "../../agent/files/layout.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { FileSystem } from "./file-system.ts";
import type { Process } from "./process.ts";

export interface DataFiles {
  manifest: string;
  tables: string[];
  logNumber: number;
}

/** What the files show. */
export interface Content {
  writes: Set<string>;
  /** Prepared, and neither committed nor aborted. */
  inDoubt: Set<string>;
}

export function classify(path: string): FileClass {
  const name = posix.basename(path);
  if (/^\d+\.sst$/.test(name)) return "immutable";
  if (/^(\d+\.log|MANIFEST-\d+)$/.test(name)) return "append-only";
  return name === "LOCK" || name.endsWith(".dbtmp") ? "excluded" : "mutable";
}

/** `onLook` is told of each fingerprint of the live data: the cut is made between two of them. */
export function simulatedLayout(files: FileSystem, process: Process, onLook: (dataDir: string) => void): FileLayout {
  return {
    kind: "simulated",
    classify,
    fingerprint: (dataDir) =>
      process.perform(`fingerprint ${dataDir}`, () => {
        onLook(dataDir);
        const current = files.find(`${dataDir}/CURRENT`)?.data?.toString() ?? "";
        return `${current} ${files.find(`${dataDir}/${current.trim()}`)?.data?.length ?? -1}`;
      }),
    orphans: (pieceDir, paths) =>
      process.perform(`orphans ${pieceDir}`, () => {
        const { manifest, tables, logNumber } = liveFiles(files, pieceDir);
        for (const table of tables) mustHave(files, pieceDir, table);
        return paths.filter((path) => {
          if (path.endsWith(".sst")) return !tables.includes(path);
          if (path.endsWith(".log")) return Number.parseInt(path, 10) < logNumber;
          return path.startsWith("MANIFEST-") && path !== manifest;
        });
      }),
  };
}

/** What is alive in a data directory. @throws StillpointError corrupt */
export function liveFiles(files: FileSystem, directory: string): DataFiles {
  const manifest = (mustHave(files, directory, "CURRENT").toString() || "?").trim();
  const tables = new Set<string>();
  let logNumber = 0;
  for (const line of mustHave(files, directory, manifest).toString().split("\n")) {
    const [what = "", name = ""] = line.split(" ");
    if (what === "+") tables.add(name);
    else if (what === "-") tables.delete(name);
    else if (what === "log") logNumber = Number(name);
  }
  return { manifest, tables: [...tables], logNumber };
}

/** What a database that is started on these files would show. @throws StillpointError corrupt */
export function contentOf(files: FileSystem, directory: string): Content {
  const { tables, logNumber } = liveFiles(files, directory);
  const content: Content = { writes: new Set(), inDoubt: new Set() };
  for (const table of tables) {
    for (const id of linesOf(mustHave(files, directory, table))) content.writes.add(id);
  }
  const logs = files.names(directory).filter((name) => name.endsWith(".log") && Number.parseInt(name, 10) >= logNumber);
  if (logs.length === 0) throw damaged(directory, "it has no log");
  for (const log of logs.sort((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10))) {
    for (const line of linesOf(mustHave(files, directory, log))) replay(line, content);
  }
  return content;
}

function replay(line: string, { writes, inDoubt }: Content): void {
  const [what = "", id = ""] = line.split(" ");
  if (what === "P") inDoubt.add(id);
  else inDoubt.delete(id);
  if (what === "W" || what === "C") writes.add(id);
}

/** Whole lines: what was torn at the end was never acknowledged. */
export function linesOf(data: Buffer): string[] {
  const text = data.toString();
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
}

function mustHave(files: FileSystem, directory: string, name: string): Buffer {
  const data = files.find(`${directory}/${name}`)?.data;
  if (data === undefined) throw damaged(directory, `"${name}" is missing`);
  if (name.endsWith(".sst") && data.length === 0) throw damaged(directory, `"${name}" is empty`);
  return data;
}

function damaged(directory: string, why: string): StillpointError {
  return new StillpointError("corrupt", `the database in "${directory}" is damaged: ${why}`);
}
