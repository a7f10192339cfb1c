// What is below a data directory, with nothing followed and nothing lost.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmdirSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Listing, linkProblem, listFiles } from "../../agent/files/listing.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("files, directories and links come apart, at any depth, empty directories too", async () => {
  const dir = await temporaryDirectory();
  await mkdir(join(dir, "a/b/c"), { recursive: true });
  await mkdir(join(dir, ".empty"));
  for (const path of ["top", ".hidden", "a/one", "a/b/ö ü", "a/b/c/\n"]) await writeFile(join(dir, path), "");
  await symlink("b/c", join(dir, "a/link"));
  await symlink("nowhere", join(dir, "broken"));
  expect(sorted(await listFiles(dir))).toEqual({
    files: [".hidden", "a/b/c/\n", "a/b/ö ü", "a/one", "top"],
    directories: [".empty", "a", "a/b", "a/b/c"],
    links: [
      { path: "a/link", target: "b/c" },
      { path: "broken", target: "nowhere" },
    ],
  });
});

test("only the backups at the top are left out, and what is skipped", async () => {
  const dir = await temporaryDirectory();
  for (const directory of ["backups/x", "a/backups", "cache/deep", "a/cache"]) {
    await mkdir(join(dir, directory), { recursive: true });
    await writeFile(join(dir, directory, "file"), "");
  }
  const listing = await listFiles(dir, { skip: (directory) => directory === "cache" });
  expect(sorted(listing)).toEqual({
    files: ["a/backups/file", "a/cache/file"],
    directories: ["a", "a/backups", "a/cache"],
    links: [],
  });
});

test("backups that are a link are left out as well", async () => {
  const dir = await temporaryDirectory();
  await symlink("/elsewhere", join(dir, "backups"));
  expect(await listFiles(dir)).toEqual({ files: [], directories: [], links: [] });
});

test("sockets and pipes are left out", async () => {
  const dir = await temporaryDirectory();
  const server = createServer().listen(join(dir, "socket"));
  await once(server, "listening");
  onTestFinished(() => void server.close());
  spawnSync("mkfifo", [join(dir, "pipe")]);
  await writeFile(join(dir, "file"), "");
  expect(await listFiles(dir)).toEqual({ files: ["file"], directories: [], links: [] });
});

test("a directory that vanishes is not there", async () => {
  const dir = await temporaryDirectory();
  for (const name of ["stays", "goes"]) await mkdir(join(dir, name));
  await writeFile(join(dir, "stays/file"), "");
  const listing = await listFiles(dir, {
    skip: (directory) => {
      if (directory === "goes") rmdirSync(join(dir, "goes"));
      return false;
    },
  });
  expect(sorted(listing)).toEqual({ files: ["stays/file"], directories: ["stays"], links: [] });
});

test("names and targets that are not UTF-8 are refused, and shown", async () => {
  const dir = await temporaryDirectory();
  const bad = Buffer.concat([Buffer.from(join(dir, "bad")), Buffer.from([0xff, 0x0a])]);
  await writeFile(bad, "");
  await expect(listFiles(dir)).rejects.toMatchObject({
    reason: "invalid",
    message: `a name in directory "${dir}" is not UTF-8: "bad\\xff\\x0a"`,
  });
  await rm(bad);
  await symlink(Buffer.from([0x78, 0xe4]), join(dir, "link"));
  await expect(listFiles(dir)).rejects.toMatchObject({
    reason: "invalid",
    message: 'the target of link "link" is not UTF-8: "x\\xe4"',
  });
});

test("a name with the character that stands for what cannot be decoded is a name like others", async () => {
  const dir = await temporaryDirectory();
  await writeFile(join(dir, "\ufffd"), "");
  expect((await listFiles(dir)).files).toEqual(["\ufffd"]);
});

test("a data directory that is not there or is a file is refused", async () => {
  const dir = await temporaryDirectory();
  await writeFile(join(dir, "file"), "");
  for (const name of ["nowhere", "file"]) {
    await expect(listFiles(join(dir, name))).rejects.toMatchObject({
      reason: "invalid",
      message: expect.stringContaining(`directory "${join(dir, name)}" cannot be read`),
    });
  }
});

test.each([
  ["a", "b"],
  ["a/b/c", "../../d"],
  ["a", "./b/../c"],
  ["a", "..b"],
])("a link %s to %s stays inside", (path, target) => {
  expect(linkProblem("/data", { path, target })).toBeUndefined();
});

test.each([
  ["a", "/y"],
  ["a", "/data/b"],
  ["a", ".."],
  ["a/b", "../../data/c"],
  ["a/b/c", "../../../y"],
])("a link %s to %s is a problem", (path, target) => {
  expect(linkProblem("/data", { path, target })).toContain(`has a link "${path}" that points outside ("${target}")`);
});

function sorted({ files, directories, links }: Listing): Listing {
  return {
    files: files.sort(),
    directories: directories.sort(),
    links: links.sort((one, other) => (one.path < other.path ? -1 : 1)),
  };
}
