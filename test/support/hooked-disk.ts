// The real disk, quicker; with a look at each operation before it is done; and one that dies.
import { readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, nodeDisk } from "../../agent/disk.ts";

/** Does not wait for anything to be durable: no test pulls the plug. */
export const quickDisk: Disk = {
  ...nodeDisk,
  sync: async (path) => {
    await stat(path);
  },
  syncFiles: async (paths) => {
    await Promise.all(paths.map((path) => stat(path)));
  },
  write: async (path, content) => {
    await writeFile(`${path}.writing`, content, { mode: 0o600 });
    await rename(`${path}.writing`, path);
  },
};

export interface Operation {
  name: keyof Disk;
  path: string;
  /** The second path, of what has two. */
  to: string | undefined;
}

/** What the hook throws, the operation throws. */
export type Hook = (operation: Operation) => void | Promise<void>;

export function hookedDisk(before: Hook, after: Hook = () => {}): Disk {
  const hooked =
    <Input extends [path: string, ...unknown[]], Output>(
      name: keyof Disk,
      work: (...input: Input) => Promise<Output>,
    ) =>
    async (...input: Input): Promise<Output> => {
      const operation = { name, path: input[0], to: typeof input[1] === "string" ? input[1] : undefined };
      await before(operation);
      const output = await work(...input);
      await after(operation);
      return output;
    };
  return {
    names: hooked("names", quickDisk.names),
    exactNames: hooked("exactNames", quickDisk.exactNames),
    size: hooked("size", quickDisk.size),
    device: hooked("device", quickDisk.device),
    space: hooked("space", quickDisk.space),
    mountPoints: hooked("mountPoints", quickDisk.mountPoints),
    rightsProblem: quickDisk.rightsProblem,
    isDirectory: hooked("isDirectory", quickDisk.isDirectory),
    makeDirectory: hooked("makeDirectory", quickDisk.makeDirectory),
    makeDirectoryLike: hooked("makeDirectoryLike", quickDisk.makeDirectoryLike),
    setMode: hooked("setMode", quickDisk.setMode),
    modesInTheWay: quickDisk.modesInTheWay,
    link: hooked("link", quickDisk.link),
    makeSymbolicLink: hooked("makeSymbolicLink", quickDisk.makeSymbolicLink),
    copy: hooked("copy", quickDisk.copy),
    clone: hooked("clone", quickDisk.clone),
    truncate: hooked("truncate", quickDisk.truncate),
    rename: hooked("rename", quickDisk.rename),
    remove: hooked("remove", quickDisk.remove),
    read: hooked("read", quickDisk.read),
    write: hooked("write", quickDisk.write),
    sync: hooked("sync", quickDisk.sync),
    digests: async (paths, options) => {
      const digestOne = hooked("digests", async (path: string) => (await quickDisk.digests([path], options))[0]);
      const asked = paths.map((path) => digestOne(path).catch((error: unknown) => ({ error })));
      const results = await Promise.all(asked);
      options.signal.throwIfAborted();
      return results.filter((result) => result !== undefined);
    },
    stats: quickDisk.stats,
    linkFiles: async (links) => {
      for (const { from, to } of links) {
        const operation: Operation = { name: "link", path: from, to };
        await before(operation);
        await quickDisk.link(from, to);
        await after(operation);
      }
    },
    syncFiles: async (paths) => {
      for (const path of paths) await before({ name: "syncFiles", path, to: undefined });
      await quickDisk.syncFiles(paths);
    },
  };
}

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: made up by a test`), { code });
}

/** How much is done of the operation that the crash hits. */
export const crashes = ["half-way", "after"] as const;
export type Crash = (typeof crashes)[number];

/** After the n-th operation that changes something, or in its midst, nothing is done any more: as if by SIGKILL. */
export function diskThatCrashes(n: number, crash: Crash): { disk: Disk; hasCrashed: () => boolean } {
  let changes = 0;
  let hasCrashed = false;
  const die = () => {
    hasCrashed = true;
    throw diskError("EIO");
  };
  const disk = hookedDisk(
    async (operation) => {
      if (hasCrashed) die();
      if (isChange(operation)) changes++;
      if (changes < n || crash === "after") return;
      await doHalf(operation);
      die();
    },
    () => {
      if (changes === n) die();
    },
  );
  return { disk, hasCrashed: () => hasCrashed };
}

const reading: readonly (keyof Disk)[] = [
  "names",
  "exactNames",
  "size",
  "device",
  "space",
  "mountPoints",
  "isDirectory",
  "read",
  "digests",
  "sync",
  "syncFiles",
];

function isChange({ name }: Operation): boolean {
  return !reading.includes(name);
}

async function doHalf({ name, path, to = "" }: Operation): Promise<void> {
  if (name === "write") await writeFile(`${path}.writing`, "half of");
  if (name === "copy") await quickDisk.copy(path, to);
  if (name === "copy") await truncate(to, 1);
  if (name === "remove") await removeHalf(path);
}

/** Of what is in a directory, the part that comes first. */
export async function removeHalf(path: string): Promise<void> {
  const names = (await readdir(path).catch(() => [])).sort();
  for (const name of names.slice(0, Math.ceil(names.length / 2))) await rm(join(path, name), { recursive: true });
}
