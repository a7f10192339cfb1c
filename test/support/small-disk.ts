// A small file system of its own, in memory. Needs root.
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const chunkSizes = [1024 * 1024, 4096, 1];

export class SmallDisk {
  readonly path: string;
  readonly #mountedOn: string[] = [];

  static async mount(megabytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(await mkdtemp(join(tmpdir(), "small-disk-")));
    disk.mountOn(disk.path, ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs"]);
    return disk;
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** Whether this process may mount at all. */
  static isPossible(): boolean {
    const probe = mkdtempSync(join(tmpdir(), "small-disk-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", probe], { stdio: "ignore" });
      execFileSync("umount", [probe]);
      return true;
    } catch {
      return false;
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
  }

  /** Mounts something on a directory; `unmount` takes it away. */
  mountOn(directory: string, args: string[]): void {
    execFileSync("mount", [...args, directory]);
    this.#mountedOn.push(directory);
  }

  unmount(directory: string): void {
    execFileSync("umount", [directory]);
    this.#mountedOn.splice(this.#mountedOn.indexOf(directory), 1);
  }

  /** To the last byte. */
  fill(): void {
    const file = openSync(join(this.path, "filler"), "w");
    try {
      for (const size of chunkSizes) writeUntilFull(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, "filler"), { force: true });
  }

  async remove(): Promise<void> {
    for (const directory of this.#mountedOn.toReversed()) this.unmount(directory);
    await rm(this.path, { recursive: true });
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
