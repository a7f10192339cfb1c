// As agent/files/change-watch.ts hears changes: what is known since the last question, or that not all of it is.
import type { Change, ChangeWatch, WatchChanges } from "../../agent/files/change-watch.ts";
import type { Coverage } from "./coverage.ts";
import type { FileSystem, Inode } from "./file-system.ts";
import type { Process } from "./process.ts";

/** So often, more has happened than the kernel keeps. */
const overflowsEvery = 3;

export function simulatedWatch(files: FileSystem, process: Process, coverage: Coverage): WatchChanges {
  return async ({ dataDir }) => new SimulatedWatch(files, process, coverage, dataDir);
}

class SimulatedWatch implements ChangeWatch {
  readonly #files: FileSystem;
  readonly #process: Process;
  readonly #coverage: Coverage;
  readonly #dataDir: string;
  #known: Map<string, Inode>;
  #questions = 0;
  #isOpen = true;

  constructor(files: FileSystem, process: Process, coverage: Coverage, dataDir: string) {
    this.#files = files;
    this.#process = process;
    this.#coverage = coverage;
    this.#dataDir = dataDir;
    this.#known = this.#look();
  }

  changes(): Promise<Change[] | undefined> {
    return this.#process.perform(`changes ${this.#dataDir}`, () => {
      const isWhole = this.#isOpen && ++this.#questions % overflowsEvery !== 0;
      const before = this.#known;
      this.#known = this.#look();
      this.#coverage.hit(`watch: ${isWhole ? "changes heard" : "more than was heard"}`);
      if (!isWhole) return undefined;
      const paths = new Set([...before.keys(), ...this.#known.keys()]);
      const changed = [...paths].filter((path) => before.get(path) !== this.#known.get(path));
      return changed.map((path) => ({ path, isFile: this.#known.has(path) }));
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #look(): Map<string, Inode> {
    const found = new Map<string, Inode>();
    this.#files.walk(this.#dataDir, (path, inode) => {
      if (inode.data !== undefined && !path.startsWith("backups/")) found.set(path, inode);
    });
    return found;
  }
}
