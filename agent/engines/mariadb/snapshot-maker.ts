// A piece from a snapshot of the file system, where the data directory is a btrfs subvolume: the cut is one instant of all files.
//
//   cut        a snapshot, in the piece's own directory
//   complete   its files by reflink, without `backups`; the snapshot goes
//
// The snapshot can be written to, though nobody does: a read-only one could be removed by root only, and not by the sweep that
// finds it after a crash, which takes it for a directory.
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { StillpointError } from "../../../proto/errors.ts";
import { nodeDisk as disk } from "../../disk.ts";
import type { FileLayout } from "../../files/layout.ts";
import { listFiles } from "../../files/listing.ts";
import { MadeDirectories } from "../../made-directories.ts";
import type { MadeCut, PieceMaker } from "../engine.ts";
import { runProgram } from "./programs.ts";
import { type UnpackPorts, unpackPiece } from "./unpack.ts";

const btrfsMagic = 0x9123683e;
/** The root of a subvolume has this inode, and nothing else has. */
const subvolumeInode = 256;

export class SnapshotMaker implements PieceMaker {
  readonly #ports: UnpackPorts;
  readonly #layout: FileLayout;
  #cuts = 0;

  constructor(ports: UnpackPorts, layout: FileLayout) {
    this.#ports = ports;
    this.#layout = layout;
  }

  async prepare(dir: string): Promise<void> {
    const problem = await subvolumeProblem(this.#ports.dataDir);
    if (problem !== undefined) throw new StillpointError("invalid", problem);
    for (const name of await readdir(dir)) await disk.remove(join(dir, name));
  }

  /** Not in the place of the last one, which would have to be removed first, and takes its time. */
  async cut(dir: string): Promise<MadeCut> {
    this.#cuts += 1;
    const snapshot = `.snapshot-${this.#cuts}`;
    const command = ["btrfs", "subvolume", "snapshot", this.#ports.dataDir, join(dir, snapshot)];
    await runProgram(command, { signal: new AbortController().signal, reason: "unreachable" });
    return { complete: (signal) => this.#complete(dir, snapshot, signal) };
  }

  async unpack(dir: string, signal: AbortSignal): Promise<void> {
    await unpackPiece(dir, this.#ports, signal);
  }

  async #complete(dir: string, snapshot: string, signal: AbortSignal): Promise<void> {
    const others = (await readdir(dir)).filter((name) => name !== snapshot);
    for (const name of others) await disk.remove(join(dir, name));
    const from = join(dir, snapshot);
    const { files, directories, links } = await listFiles(from);
    const made = new MadeDirectories(disk, dir);
    for (const path of directories.toSorted()) await made.makeLike(path, from);
    for (const path of files.filter((each) => this.#layout.classify(each) !== "excluded")) {
      signal.throwIfAborted();
      await disk.copy(join(from, path), join(dir, path));
    }
    for (const { path, target } of links) await disk.makeSymbolicLink(join(dir, path), target);
    await made.lock();
    await disk.remove(from);
  }
}

/** Why snapshots cannot be made of it, for a person; undefined if they can. */
export async function subvolumeProblem(dataDir: string): Promise<string | undefined> {
  const [{ type }, { ino }] = [await statfs(dataDir), await stat(dataDir)];
  if (type !== btrfsMagic) return `"${dataDir}" is not on btrfs, which method "snapshot" needs: use method "binlog"`;
  if (ino === subvolumeInode) return undefined;
  return `"${dataDir}" is not a btrfs subvolume: make it one (btrfs subvolume create), or use method "binlog"`;
}
