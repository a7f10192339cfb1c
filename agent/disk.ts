// The port to the file system, and the real one behind it. Paths are full paths. Errors are Node's, with their `code`, but
// for those that a person must mend: no space, no rights.
import { execFile } from "node:child_process";
import { constants, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, type Reason, StillpointError } from "../proto/errors.ts";
import { Bulk, type DigestOptions, type DigestResult, type FileStats, type Link } from "./bulk.ts";
import { hasCode, isMissing, unlessGone } from "./disk-errors.ts";
import { exactNames } from "./files/listing.ts";
import { inParallel } from "./in-parallel.ts";
import { areFew, statsHere } from "./little-work.ts";
import { modesInTheWay, ownersAll, removeTree } from "./locked-directories.ts";
import { mountPointsBelow } from "./mount-points.ts";
import { readRegular } from "./regular-file.ts";
import { rightsHint, rightsProblem } from "./rights.ts";

export interface Disk {
  /** Names in a directory; none if there is no such directory. */
  names(directory: string): Promise<string[]>;
  /** The same. @throws StillpointError invalid, if a name is not UTF-8: nothing can be done with such a file */
  exactNames(directory: string): Promise<string[]>;
  /** Length of a file in bytes; undefined if there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** The device that a path is on, for "may be linked". */
  device(path: string): Promise<number>;
  space(path: string): Promise<Space>;
  /** Paths below a directory where something else is mounted. */
  mountPoints(directory: string): Promise<string[]>;
  /** Why we could not link, read or copy one of these faithfully, for a person; undefined if we can. */
  rightsProblem(paths: readonly string[]): Promise<string | undefined>;
  /** Whether it is a directory itself, not a link to one. */
  isDirectory(path: string): Promise<boolean>;
  /** Makes a directory and those above it that are missing, mode 0700. Also fine if it is there, but not if it is a link. */
  makeDirectory(path: string): Promise<void>;
  /**
   * Makes a directory that looks like another: mode and owner. If its owner could not fill it then, it is made writable for
   * him, and its true mode is returned, for later. Also fine if it is there. If the model is gone, nothing is made.
   */
  makeDirectoryLike(path: string, model: string): Promise<number | undefined>;
  /** Of a directory. */
  setMode(path: string, mode: number): Promise<void>;
  /** Of directories whose mode must be changed before we may rename them to another parent; undefined for all else. */
  modesInTheWay(paths: readonly string[]): Promise<(number | undefined)[]>;
  link(from: string, to: string): Promise<void>;
  /** Hard links of many files at once. */
  linkFiles(links: readonly Link[]): Promise<void>;
  makeSymbolicLink(path: string, target: string): Promise<void>;
  /** A private copy, a reflink where the file system can, with the mode and owner of the original. Replaces `to`. */
  copy(from: string, to: string): Promise<void>;
  /** A reflink: private, but without a copy's cost. False where the file system cannot. */
  clone(from: string, to: string): Promise<boolean>;
  truncate(path: string, length: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a whole directory. Fine if it is gone. Links are removed, never followed. */
  remove(path: string): Promise<void>;
  /** The whole of a regular file. @throws StillpointError corrupt, if it is a link, a directory or a pipe, or longer */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /** Writes a new file, mode 0600, whole and durable before it shows under its name. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Of many regular files, whatever their length, one after the other. Errors are those of `read`. @throws the signal's reason */
  digests(paths: readonly string[], options: DigestOptions): Promise<DigestResult[]>;
  /** Of many files at once; undefined for those that are not there. */
  stats(paths: readonly string[]): Promise<(FileStats | undefined)[]>;
  /** fsync of a file or directory. */
  sync(path: string): Promise<void>;
  /** Makes many files of one file system durable, as by an fsync of each. */
  syncFiles(paths: readonly string[]): Promise<void>;
}

export interface Space {
  freeBytes: number;
  /** Undefined where the file system has no such limit. */
  freeInodes: number | undefined;
}

/** `maxBytesPerSecond`: of what is read gently; 0: as fast as it goes. */
export function openDisk({ maxBytesPerSecond }: { maxBytesPerSecond: number }): Disk {
  const bulk = new Bulk(maxBytesPerSecond);
  return {
    ...singly,
    digests: (paths, options) => bulk.digests(paths, options),
    stats: (paths) => (areFew(paths) ? statsHere(paths) : bulk.stats(paths)),
    linkFiles: explained(async (links) => {
      if (areFew(links)) await inParallel(links, ({ from, to }) => fs.link(from, to));
      else await bulk.link(links);
    }),
    syncFiles: explained(async (paths) => {
      if (areFew(paths)) await inParallel(paths, syncPath);
      else if (paths.length < manyFiles || !(await syncFileSystem(paths[0] as string))) await bulk.sync(paths);
    }),
  };
}

/** From so many files on, making the whole file system durable takes less time than each of them. */
const manyFiles = 256;

const singly: Omit<Disk, "digests" | "stats" | "linkFiles" | "syncFiles"> = {
  names: async (directory) => (await unlessGone(fs.readdir(directory))) ?? [],
  exactNames: async (directory) => (await unlessGone(exactNames(directory))) ?? [],
  size: async (path) => (await unlessGone(fs.stat(path)))?.size,
  device: async (path) => (await fs.stat(path)).dev,
  space: async (path) => {
    const { bavail, bsize, files, ffree } = await fs.statfs(path);
    return { freeBytes: bavail * bsize, freeInodes: files > 0 ? ffree : undefined };
  },
  mountPoints: mountPointsBelow,
  rightsProblem,
  isDirectory,
  makeDirectory: explained(async (path) => {
    await makeDirectories(path);
    const made = await unlessGone(fs.lstat(path)); // whoever aborts its run may have removed it again
    if (made?.isDirectory() === false) throw notADirectory(path);
    if (made !== undefined && (made.mode & 0o7777) !== 0o700) await fs.chmod(path, 0o700);
  }),
  makeDirectoryLike: explained(async (path, model) => {
    const look = await fs.stat(model);
    if (!look.isDirectory()) throw Object.assign(new Error(`"${model}" is no directory`), { code: "ENOTDIR" });
    await makeDirectories(path);
    const trueMode = look.mode & 0o7777;
    await lookLike(path, look, trueMode | ownersAll);
    return trueMode === (trueMode | ownersAll) ? undefined : trueMode;
  }),
  setMode: explained((path, mode) => fs.chmod(path, mode)),
  modesInTheWay,
  link: explained((from, to) => fs.link(from, to)),
  makeSymbolicLink: explained((path, target) => fs.symlink(target, path)),
  copy: explained(async (from, to) => {
    const copy = () => fs.copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await copy().catch(async (error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
      await fs.rm(to); // never written through: it may be a link to a live file
      await copy();
    });
    await lookLike(to, await fs.stat(from));
  }),
  clone: explained(async (from, to) => {
    try {
      await fs.copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    } catch (error) {
      if (hasCode(error, "ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOSYS", "ENOTTY")) return false;
      throw error;
    }
    await lookLike(to, await fs.stat(from));
    return true;
  }),
  truncate: explained((path, length) => fs.truncate(path, length)),
  rename: explained((from, to) => fs.rename(from, to)),
  remove: explained(async (path) => {
    await fs.unlink(path).catch(async (error: unknown) => {
      if (!isMissing(error)) await removeTree(path); // a directory
    });
  }),
  read: explained(readRegular),
  write: explained(async (path, content) => {
    const temporary = `${path}.writing`;
    await fs.rm(temporary, { force: true });
    await fs.writeFile(temporary, content, { mode: 0o600, flag: "wx", flush: true });
    await fs.rename(temporary, path);
    await syncPath(dirname(path));
  }),
  sync: syncPath,
};

export const nodeDisk: Disk = openDisk({ maxBytesPerSecond: 0 });

const tooLongHint =
  "a piece's files are below backups/ at the paths that they have in the data: shorten the longest of those, the path of the data directory or the backup's label, or exclude what is so deep by a glob";

const mendable: Record<string, { reason: Reason; hint?: string }> = {
  ENOSPC: { reason: "no-space" },
  EDQUOT: { reason: "no-space" },
  EACCES: { reason: "invalid", hint: rightsHint },
  EPERM: { reason: "invalid", hint: rightsHint },
  EROFS: { reason: "invalid", hint: rightsHint },
  ENAMETOOLONG: { reason: "invalid", hint: tooLongHint },
};

export function explained<Input extends unknown[], Output>(work: (...input: Input) => Promise<Output>): typeof work {
  return async (...input) => {
    try {
      return await work(...input);
    } catch (cause) {
      const known = Object.entries(mendable).find(([code]) => hasCode(cause, code))?.[1];
      if (known === undefined) throw cause;
      throw new StillpointError(known.reason, messageOf(cause), { ...known, cause });
    }
  };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await unlessGone(fs.lstat(path)))?.isDirectory() ?? false;
}

export function notADirectory(path: string): StillpointError {
  return new StillpointError("corrupt", `"${path}" must be a directory, and is a file or a link`, {
    hint: "links are not followed here: look what it is, and move it away",
  });
}

/** Where the file system is read-only, Node's recursive call says that the path is missing; the plain one says why. */
async function makeDirectories(path: string): Promise<void> {
  const mode = 0o700;
  await fs.mkdir(path, { recursive: true, mode }).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    await fs.mkdir(path, { mode });
  });
}

async function syncPath(path: string): Promise<void> {
  const handle = await fs.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** syncfs(2), which Node does not have, by a program that nearly all machines have. False where it is missing, or fails. */
async function syncFileSystem(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    execFile("sync", ["--file-system", path], (error) => resolve(error === null));
  });
}

/** A directory may be another's, as a mounted volume is: then it gets the mode only. Files are never given to another user. */
async function lookLike(path: string, wanted: Stats, mode = wanted.mode & 0o7777): Promise<void> {
  const made = await fs.lstat(path);
  const isOwned = wanted.uid === made.uid && wanted.gid === made.gid;
  if (!isOwned) {
    await fs.chown(path, wanted.uid, wanted.gid).catch((error: unknown) => {
      if (!(wanted.isDirectory() && hasCode(error, "EPERM"))) throw error;
    });
  }
  if (!isOwned || mode !== (made.mode & 0o7777)) await fs.chmod(path, mode); // a new owner may cost it some bits
}
