// What every file of this source must keep to. A failing test names the file, and what to do instead.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

interface Source {
  path: string;
  text: string;
  lines: string[];
}

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.js"]);
const sources: Source[] = tracked
  .toString()
  .split("\n")
  .filter((path) => path !== "" && !path.startsWith("proto/gen/"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }))
  .map((source) => ({ ...source, lines: source.text.split("\n") }));

const product = sources.filter(({ path }) => !path.startsWith("test/"));

/** Who may import whom, by top-level folder. */
const allowed: Record<string, string[]> = {
  proto: [],
  runtime: [],
  agent: ["proto", "runtime"],
  coordinator: ["proto", "runtime"],
  cli: ["proto", "runtime", "agent", "coordinator", "examples"],
  examples: ["proto", "runtime"],
  scripts: [],
  bench: ["proto", "runtime", "agent", "coordinator", "cli", "examples", "test"],
  test: ["proto", "runtime", "agent", "coordinator", "cli", "examples", "scripts"],
};

/** The core knows ports only: time, disk, network and log come to it from outside. */
const core = [
  ...["agent", "hold", "lock-keeper", "lock-session", "run-piece", "seal", "snapshot", "restore", "verify"].map(
    (name) => `agent/${name}.ts`,
  ),
  ...[
    "create-backup",
    "cut-cluster",
    "lock-cluster",
    "lock-round",
    "rounds",
    "open-writes",
    "when-to-lock",
    "pieces",
    "inspect-cluster",
    "restore-backup",
  ].map((name) => `coordinator/${name}.ts`),
];
const outsideOfTheCore = [
  "@grpc/",
  "etcd3",
  "pino",
  "node:fs",
  "node:net",
  "node:child_process",
  "node:timers",
  "node:sqlite",
];
const systemTime = /\b(Date\.now|performance\.now|setTimeout|setInterval|new Date\(\)|Math\.random)\b/;

function importsOf({ text }: Source): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
}

function folderOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}

test("folders import only those that the design lets them", () => {
  const wrong = sources.flatMap((source) => {
    const own = folderOf(source.path);
    const targets = importsOf(source).filter((name) => name.startsWith("."));
    return targets
      .map((name) => folderOf(normalize(join(dirname(source.path), name))))
      .filter(
        (folder) => folder !== own && folder in allowed && !(allowed[own] ?? Object.keys(allowed)).includes(folder),
      )
      .map(
        (folder) =>
          `${source.path} imports ${folder}/: pass it in as a port, or move what both need to proto/ or runtime/`,
      );
  });
  expect(wrong).toEqual([]);
});

test("the core touches neither network nor disk nor clock", () => {
  const wrong = sources
    .filter(({ path }) => core.includes(path))
    .flatMap((source) => [
      ...importsOf(source)
        .filter((name) => outsideOfTheCore.some((prefix) => name.startsWith(prefix)))
        .map((name) => `${source.path} imports ${name}: use the port for it (Disk, Clock, Agency, AgentPort)`),
      ...source.lines
        .filter((line) => systemTime.test(line))
        .map(
          (line) => `${source.path} asks the system for time or chance: use the Clock or random port: ${line.trim()}`,
        ),
    ]);
  expect(wrong).toEqual([]);
  expect(core.filter((path) => !sources.some((source) => source.path === path))).toEqual([]);
});

test("no command opens a database: its files may share their inodes with those of a live one", () => {
  const engines = ["classic-level", "rocksdb-native"];
  const wrong = product
    .filter((source) => importsOf(source).some((name) => engines.includes(name)))
    .map(({ path }) => path)
    .filter((path) => !path.startsWith("examples/ledger/"));
  expect(wrong).toEqual([]);
});

test("every file begins with what it is for", () => {
  const wrong = sources
    .filter(({ lines }) => !/^(#!.*|\/\/ \S.*|\/\*\*?.*)$/.test(lines[0] ?? ""))
    .map(({ path }) => `${path}: begin with a comment that says what it is for and what must hold`);
  expect(wrong.filter((line) => !line.startsWith("vitest.config.ts"))).toEqual([]);
});

test("files are short", () => {
  const wrong = product
    .filter(({ lines }) => lines.length > 300)
    .map(({ path, lines }) => `${path} has ${lines.length} lines: more than one idea, split it`);
  expect(wrong).toEqual([]);
});

test("functions are short", () => {
  const wrong = product.flatMap(({ path, lines }) =>
    longFunctions(lines).map(
      ({ at, length }) => `${path}:${at} is a function of ${length} lines: give its parts names`,
    ),
  );
  expect(wrong).toEqual([]);
});

test("nothing is left over", () => {
  const marks = new RegExp(["TO", "FIX"].map((half) => `\\b${half}(DO|ME)\\b`).join("|"));
  const wrong = sources.flatMap(({ path, lines }) =>
    lines
      .map((line, index) => ({ line, at: index + 1 }))
      .filter(({ line }) => marks.test(line) || /\.only\(|\bdebugger\b/.test(line))
      .map(({ line, at }) => `${path}:${at}: do it, or file an issue: ${line.trim()}`),
  );
  expect(wrong).toEqual([]);
});

/** Functions and methods of more than 60 lines, found by the indentation that the formatter guarantees. */
function longFunctions(lines: string[]): { at: number; length: number }[] {
  const starts =
    /^(\s*)(export )?(default )?(async )?(function\b|(static |override |get |set |async |\*|#)*[\w#]+\(.*\{$|const \w+ = (async )?\(.*=> \{$)/;
  return lines.flatMap((line, index) => {
    const indent = starts.exec(line)?.[1];
    if (indent === undefined || /^\s*(if|for|while|switch|catch|return|describe|test)\b/.test(line)) return [];
    const length = lines.slice(index + 1).findIndex((each) => each.startsWith(`${indent}}`)) + 2;
    return length > 60 ? [{ at: index + 1, length }] : [];
  });
}
