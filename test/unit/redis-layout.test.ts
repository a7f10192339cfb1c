// The files of a Redis server: which class each is of, and what its AOF's manifest names.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAofManifest } from "../../agent/files/aof-manifest.ts";
import { redisLayout } from "../../agent/files/redis.ts";
import { rejectionOf } from "../support/error-of.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test.each([
  ["appendonlydir/appendonly.aof.2.base.rdb", "immutable"],
  ["appendonlydir/appendonly.aof.12.base.aof", "immutable"],
  ["aof/of my own.3.incr.aof", "append-only"],
  ["appendonlydir/appendonly.aof.manifest", "replaced"],
  ["appendonlydir/temp_appendonly.aof.manifest", "excluded"],
  ["temp-rewriteaof-bg-17.aof", "excluded"],
  ["temp-rewriteaof-17.aof", "excluded"],
  ["temp-17.rdb", "excluded"],
  ["dump.rdb", "excluded"],
  ["nodes.conf", "excluded"],
  ["redis.log", "excluded"],
  ["redis.conf", "mutable"],
  ["users.acl", "mutable"],
  ["functions/dump.rdb", "mutable"],
])("%s is %s", (path, expected) => {
  expect(redisLayout.classify(path)).toBe(expected);
});

const manifest = "appendonlydir/appendonly.aof.manifest";
const [base, first, second] = ["2.base.rdb", "2.incr.aof", "3.incr.aof"].map(
  (end) => `appendonlydir/appendonly.aof.${end}`,
);
const names = ["2.base.rdb", "2.incr.aof", "3.incr.aof"].map((end) => `appendonly.aof.${end}`);
const lines = [
  `file ${names[0]} seq 2 type b`,
  "file appendonly.aof.1.incr.aof seq 1 type h",
  `file ${names[1]} seq 2 type i`,
  `file ${names[2]} seq 3 type i startoffset 5`,
];

async function piece(text: string): Promise<string> {
  const dir = await temporaryDirectory();
  await mkdir(join(dir, "appendonlydir"));
  await writeFile(join(dir, manifest), text);
  return dir;
}

describe("what no manifest names", () => {
  const named = [base, first, second, manifest, "redis.conf"] as string[];

  test("is an orphan: the history, and what a rewrite was about to put in force", async () => {
    const more = ["appendonlydir/appendonly.aof.1.incr.aof", "appendonlydir/appendonly.aof.4.incr.aof"];
    const found = await redisLayout.orphans(await piece(`${lines.join("\n")}\n`), [...named, ...more]);
    expect(found).toEqual(more);
  });

  test.each([
    ["a file that it names", lines.join("\n"), named.filter((path) => path !== second), /3\.incr\.aof.* is missing/],
    ["its base", lines.slice(1).join("\n"), named, /the base of the AOF is missing/],
    ["the manifest", lines.join("\n"), named.filter((path) => path !== manifest), /the base of the AOF is missing/],
  ])("without %s the piece is corrupt", async (_, text, paths, message) => {
    const error = await rejectionOf(redisLayout.orphans(await piece(text), paths));
    expect(error).toMatchObject({ reason: "corrupt", message: expect.stringMatching(message) });
  });
});

test("a fingerprint is the manifest's text", async () => {
  const [one, other] = [await piece("file a seq 1 type b\n"), await piece("file a seq 2 type b\n")];
  expect(await redisLayout.fingerprint(one, [manifest])).toBe(await redisLayout.fingerprint(one, [manifest]));
  expect(await redisLayout.fingerprint(one, [manifest])).not.toBe(await redisLayout.fingerprint(other, [manifest]));
});

describe("a manifest", () => {
  test("names one base and its increments in order; quoted names, comments and history are known", () => {
    const text = `# ours\nfile "my \\"aof\\".1.base.rdb" seq 1 type b\n${lines.slice(1).join("\n")}\n`;
    expect(parseAofManifest(text, "m")).toEqual({ base: 'my "aof".1.base.rdb', increments: names.slice(1) });
  });

  test.each([
    "file a seq 1 type x",
    "file a seq one type b",
    "seq 1 type b",
    'file "a\\x00" seq 1 type b',
    "file ../a seq 1 type b",
    "\0",
  ])("with the line %j is damaged", (line) => {
    expect(() => parseAofManifest(`${line}\n`, "the/manifest")).toThrow('"the/manifest" is damaged: a line of it is');
  });
});
