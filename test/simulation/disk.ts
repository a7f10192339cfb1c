// The agent's disk: agent/disk.ts as the real one is, on a simulated file system. Each step that the real one asks of the
// system is a gate.
import { dirname } from "node:path";
import type { DigestResult } from "../../agent/bulk.ts";
import { sha256 } from "../../agent/checksums.ts";
import { type Disk, explained } from "../../agent/disk.ts";
import type { Listing } from "../../agent/files/listing.ts";
import { diskError, type FileSystem } from "./file-system.ts";
import type { Process } from "./process.ts";

const device = 7;
const roomyBytes = 1e9;

export function simulatedDisk(files: FileSystem, process: Process, options: { canClone: boolean }): Disk {
  const gate = <Value>(name: string, path: string, effect: () => Value, half?: () => void) =>
    process.perform(`${name} ${path}`, effect, half);

  const copy = (from: string, to: string, half = false) => {
    const data = files.read(from);
    files.removeOne(to);
    files.create(to, half ? Buffer.from(data.subarray(0, data.length / 2)) : data);
  };

  const names = (directory: string) => gate("names", directory, () => files.names(directory));

  return {
    names,
    exactNames: names,
    size: (path) => gate("size", path, () => sizeOf(files, path)),
    device: (path) => gate("device", path, () => (files.get(path).number > 0 ? device : 0)),
    space: (path) => gate("space", path, () => ({ freeBytes: files.isFull ? 0 : roomyBytes, freeInodes: 1_000_000 })),
    mountPoints: async () => [],
    rightsProblem: (paths) => gate("rights", paths[0] ?? "", () => undefined),
    isDirectory: (path) =>
      gate("is directory", path, () => files.find(path)?.data === undefined && files.find(path) !== undefined),
    makeDirectory: explained((path) => gate("make directory", path, () => files.makeDirectory(path))),
    makeDirectoryLike: explained((path, model) =>
      gate("make directory", path, () => {
        files.get(model);
        files.makeDirectory(path);
        return undefined; // these directories have no modes
      }),
    ),
    setMode: async () => {},
    modesInTheWay: async (paths) => paths.map(() => undefined),
    link: explained((from, to) => gate("link", to, () => files.link(from, to))),
    linkFiles: explained(async (links) => {
      for (const { from, to } of links) await gate("link", to, () => files.link(from, to));
    }),
    makeSymbolicLink: explained((path) => Promise.reject(diskError("EPERM", path))),
    copy: explained((from, to) =>
      gate(
        "copy",
        to,
        () => copy(from, to),
        () => copy(from, to, true),
      ),
    ),
    clone: explained(async (from, to) => {
      if (!options.canClone) return false;
      await gate("clone", to, () => files.create(to, files.read(from)));
      return true;
    }),
    truncate: explained((path, length) => gate("truncate", path, () => files.truncate(path, length))),
    rename: explained((from, to) => gate("rename", to, () => files.rename(from, to))),
    remove: explained((path) =>
      gate(
        "remove",
        path,
        () => files.remove(path),
        () => files.remove(path, true),
      ),
    ),
    read: explained((path) => gate("read", path, () => files.read(path))),
    write: explained((path, content) => writeDurably(files, path, Buffer.from(content), gate)),
    digests: async (paths, { signal }) => {
      const results: DigestResult[] = [];
      for (const path of paths) {
        signal.throwIfAborted();
        const digest = () => ({ bytes: files.read(path), inode: files.get(path).number });
        results.push(
          await gate("digest", path, digest).then(
            ({ bytes, inode }) => ({ sha256: sha256(bytes), bytes: bytes.length, inode }),
            (error: unknown) => ({ error }),
          ),
        );
      }
      signal.throwIfAborted();
      return results;
    },
    stats: (paths) =>
      gate("stats", paths[0] ?? "", () =>
        paths.map((path) => {
          const [inode, size] = [files.find(path)?.number, sizeOf(files, path)];
          return inode === undefined || size === undefined ? undefined : { inode, size };
        }),
      ),
    sync: (path) => gate("sync", path, () => files.sync(path)),
    syncFiles: async (paths) => {
      for (const path of paths) await gate("sync", path, () => files.sync(path));
    },
  };
}

type Gate = <Value>(name: string, path: string, effect: () => Value, half?: () => void) => Promise<Value>;

/** A file is whole and durable before it shows under its name. */
async function writeDurably(files: FileSystem, path: string, content: Buffer, gate: Gate): Promise<void> {
  const temporary = `${path}.writing`;
  const write = (data: Buffer) => {
    files.removeOne(temporary);
    files.create(temporary, data);
  };
  const half = () => write(Buffer.from(content.subarray(0, content.length / 2)));
  await gate("write", temporary, () => write(content), half);
  await gate("sync", temporary, () => files.sync(temporary));
  await gate("rename", path, () => files.rename(temporary, path));
  await gate("sync", dirname(path), () => files.sync(dirname(path)));
}

/** As agent/files/listing.ts lists: all but a top-level `backups`. */
export function simulatedListing(files: FileSystem, process: Process) {
  return (directory: string): Promise<Listing> =>
    process.perform(`list ${directory}`, () => {
      const listing: Listing = { files: [], directories: [], links: [] };
      files.walk(directory, (path, inode) => {
        if (path === "backups" || path.startsWith("backups/")) return;
        (inode.data === undefined ? listing.directories : listing.files).push(path);
      });
      return listing;
    });
}

function sizeOf(files: FileSystem, path: string): number | undefined {
  const inode = files.find(path);
  return inode === undefined ? undefined : (inode.data?.length ?? 4096);
}
