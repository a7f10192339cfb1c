// Makes pieces of a database whose writes are paused: with the agent's own code, or in the order that comes to mind first.
import { link, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { completeLinks } from "../../agent/complete-links.ts";
import { type WatchChanges, watchChanges } from "../../agent/files/change-watch.ts";
import type { FileLayout } from "../../agent/files/layout.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { sealPiece, type Unsealed } from "../../agent/seal.ts";
import { type LinkedCut, linkInAdvance, takeCut, unwatch } from "../../agent/snapshot.ts";
import { type Source, type StagedData, stageData } from "../../agent/staged-data.ts";
import { quickDisk } from "./hooked-disk.ts";

export interface Moments {
  /** Runs when the manifests are measured and the tables are about to be linked. */
  afterManifests?: () => Promise<void>;
}

/** Of a piece that was taken without a lock of ours: here the test itself has paused the writes. */
const facts: Unsealed = {
  id: "lsm",
  label: "lsm",
  serverId: "db1",
  serverIds: ["db1"],
  createdAt: new Date(),
  agentVersion: "test",
  engine: "test",
  engineVersion: "",
  layout: "lsm",
  token: 1,
  planRevision: 1,
  potentiallyInconsistent: true,
  snapshotMs: 0,
  cutAt: new Date(),
};

/** Also where few files would do without. */
const watchAlways: WatchChanges = (watched) => watchChanges({ ...watched, entries: 1_000 });

export class LsmSnapshotter {
  readonly #layout: FileLayout;
  readonly #dataDir: string;
  readonly #directory: string;
  readonly #watch: WatchChanges;
  #staged: Promise<StagedData> | undefined;
  #cut: LinkedCut | undefined;

  constructor(layout: FileLayout, dataDir: string, directory: string, watch: WatchChanges = watchAlways) {
    this.#layout = layout;
    this.#dataDir = dataDir;
    this.#directory = directory;
    this.#watch = watch;
  }

  /** Where the piece's files are. */
  get data(): string {
    return join(this.#directory, "data");
  }

  /** Needs no pause. What changes from then on is heard from the kernel. */
  async linkInAdvance(): Promise<void> {
    await Array.fromAsync(linkInAdvance(this.#source(this.#layout), await this.#stage()));
  }

  /** The right order. Returns how many passes it took. */
  async cut({ afterManifests = async () => {} }: Moments = {}): Promise<number> {
    let fingerprints = 0;
    const watched: FileLayout = {
      ...this.#layout,
      fingerprint: async (dataDir, paths) => {
        const fingerprint = await this.#layout.fingerprint(dataDir, paths);
        if (fingerprints++ % 2 === 0) await afterManifests();
        return fingerprint;
      },
    };
    this.#cut = await takeCut(this.#source(watched), await this.#stage());
    return fingerprints / 2;
  }

  /** The order that comes to mind first: CURRENT and MANIFEST, then the tables they name. Wrong. */
  async naiveCut({ afterManifests = async () => {} }: Moments = {}): Promise<void> {
    await this.#stage();
    const { files: before, directories } = await listFiles(this.#dataDir);
    const appendOnly = before.filter((path) => this.#layout.classify(path) === "append-only");
    const replaced = before.filter((path) => this.#layout.classify(path) === "replaced");
    for (const path of [...appendOnly, ...replaced]) await mkdir(join(this.data, dirname(path)), { recursive: true });
    for (const path of replaced) await link(join(this.#dataDir, path), join(this.data, path));
    const lengths: LinkedCut["appendOnly"] = [];
    for (const path of appendOnly) {
      if ((await quickDisk.size(join(this.#dataDir, path))) === undefined) continue;
      await link(join(this.#dataDir, path), join(this.data, path));
      lengths.push({ path, length: (await quickDisk.size(join(this.data, path))) ?? 0 });
    }
    await afterManifests();
    const immutable = (await this.#files()).filter((path) => this.#layout.classify(path) === "immutable");
    for (const path of immutable) await link(join(this.#dataDir, path), join(this.data, path));
    this.#cut = {
      immutable: new Set(immutable),
      appendOnly: lengths,
      replaced: new Set(replaced),
      mutable: new Set(),
      directories,
      links: [],
      deltaFiles: 0,
    };
  }

  /** Returns the files that were taken out again. Needs no pause. */
  async seal(): Promise<string[]> {
    const { data } = this;
    const before = (await listFiles(data)).files;
    await quickDisk.write(join(this.#directory, "plan.json"), "{}\n");
    const [staged, cut] = [await this.#stage(), this.#cut as LinkedCut];
    await this.end();
    const complete = () => completeLinks(this.#source(this.#layout), staged, cut);
    const signal = new AbortController().signal;
    await Array.fromAsync(sealPiece({ directory: this.#directory, cut: { complete } }, quickDisk, facts, signal));
    const after = new Set((await listFiles(data)).files);
    return before.filter((path) => !after.has(path));
  }

  /** Changes are not heard any more. For a piece that is not sealed; repeatable. */
  async end(): Promise<void> {
    await unwatch(await this.#stage());
  }

  #source(layout: FileLayout): Source {
    return {
      dataDir: this.#dataDir,
      layout,
      disk: quickDisk,
      list: listFiles,
      watch: this.#watch,
    };
  }

  #stage(): Promise<StagedData> {
    this.#staged ??= stageData(this.#source(this.#layout), this.data);
    return this.#staged;
  }

  async #files(): Promise<string[]> {
    return (await listFiles(this.#dataDir)).files;
  }
}
