// How the simulated database writes its files (layout.ts): appends to its log, flushes the log into a table, merges tables,
// begins a new MANIFEST. Each of these takes several steps, between which anything may happen, a cut as well as a crash.
import type { FileSystem } from "./file-system.ts";
import { contentOf, liveFiles } from "./layout.ts";
import type { Random } from "./random.ts";

const mostTables = 3;

export class DatabaseFiles {
  readonly #files: FileSystem;
  readonly #directory: string;
  /** The rest of what is being done in the background. */
  #steps: (() => void)[] = [];
  #manifest: string;
  #log: string;
  #nextNumber: number;
  #tables: string[];
  /** Written to the log, in no table yet. */
  #recent: string[] = [];
  readonly inDoubt: Set<string>;

  /** @throws StillpointError corrupt */
  constructor(files: FileSystem, directory: string) {
    this.#files = files;
    this.#directory = directory;
    const { manifest, tables, logNumber } = liveFiles(files, directory);
    const { writes, inDoubt } = contentOf(files, directory);
    const inTables = new Set(tables.flatMap((table) => this.#lines(table)));
    this.#manifest = manifest;
    this.#tables = tables;
    this.#recent = [...writes].filter((id) => !inTables.has(id));
    this.inDoubt = inDoubt;
    const numbers = files.names(directory).flatMap((name) => name.match(/\d+/)?.map(Number) ?? []);
    this.#nextNumber = Math.max(logNumber, 0, ...numbers) + 1;
    this.#removeOrphans(tables, manifest, logNumber);
    this.#log = this.#newLog();
  }

  /** The files of a database without any write. */
  static create(files: FileSystem, directory: string, serverId: string): void {
    files.makeDirectory(`${directory}/archive`);
    const content = {
      CURRENT: "MANIFEST-1\n",
      "MANIFEST-1": "log 2\n",
      "2.log": "",
      LOCK: "",
      settings: `of ${serverId}\n`,
    };
    for (const [name, text] of Object.entries(content)) files.create(`${directory}/${name}`, Buffer.from(text));
    files.create(`${directory}/archive/notes`, Buffer.from(serverId));
    for (const name of [...Object.keys(content), "archive/notes", "archive", "."]) files.sync(`${directory}/${name}`);
    files.sync("/");
  }

  append(line: string): void {
    this.#extend(this.#log, `${line}\n`);
    const [what, id = ""] = line.split(" ");
    if (what === "P") this.inDoubt.add(id);
    else this.inDoubt.delete(id);
    if (what === "W" || what === "C") this.#recent.push(id);
  }

  /** One step of the work in the background. False if there was nothing to do. */
  nextStep(chance: Random): boolean {
    if (this.#steps.length === 0) this.#steps = this.#plan(chance);
    const step = this.#steps.shift();
    step?.();
    return step !== undefined;
  }

  #plan(chance: Random): (() => void)[] {
    if (this.#tables.length > mostTables) return this.#merge();
    if (this.#recent.length >= chance.whole(3, 12)) return this.#flush();
    return chance.chance(0.03) ? this.#rotateManifest() : [];
  }

  #flush(): (() => void)[] {
    const table = this.#name("sst");
    const old = this.#log;
    let flushed: string[] = [];
    return [
      () => {
        flushed = this.#recent;
        this.#recent = [];
        this.#log = this.#newLog();
      },
      () => this.#write(table, flushed.map((id) => `${id}\n`).join("")),
      () => {
        this.#extend(this.#manifest, `+ ${table}\nlog ${Number.parseInt(this.#log, 10)}\n`);
        this.#tables.push(table);
      },
      () => this.#drop(old),
    ];
  }

  #merge(): (() => void)[] {
    const old = [...this.#tables];
    const merged = this.#name("sst");
    return [
      () =>
        this.#write(
          merged,
          old
            .flatMap((table) => this.#lines(table))
            .map((id) => `${id}\n`)
            .join(""),
        ),
      () => {
        this.#extend(this.#manifest, `${old.map((table) => `- ${table}\n`).join("")}+ ${merged}\n`);
        this.#tables = [merged];
      },
      ...old.map((table) => () => this.#drop(table)),
    ];
  }

  #rotateManifest(): (() => void)[] {
    const manifest = `MANIFEST-${this.#nextNumber++}`;
    return [
      () => {
        const old = this.#manifest;
        const { logNumber } = liveFiles(this.#files, this.#directory);
        this.#write(manifest, `${this.#tables.map((table) => `+ ${table}\n`).join("")}log ${logNumber}\n`);
        this.#write("CURRENT.dbtmp", `${manifest}\n`);
        this.#files.rename(this.#path("CURRENT.dbtmp"), this.#path("CURRENT"));
        this.#files.sync(this.#directory);
        this.#manifest = manifest;
        this.#drop(old);
      },
    ];
  }

  /** What is in doubt must be found again by whoever reads only newer logs. */
  #newLog(): string {
    const log = this.#name("log");
    this.#write(log, [...this.inDoubt].map((id) => `P ${id}\n`).join(""));
    return log;
  }

  /** What a crash left half done. */
  #removeOrphans(tables: string[], manifest: string, logNumber: number): void {
    for (const name of this.#files.names(this.#directory)) {
      const isTable = name.endsWith(".sst") && !tables.includes(name);
      const isLog = name.endsWith(".log") && Number.parseInt(name, 10) < logNumber;
      const isOther = (name.startsWith("MANIFEST-") && name !== manifest) || name.endsWith(".dbtmp");
      if (isTable || isLog || isOther) this.#drop(name);
    }
  }

  #name(extension: string): string {
    return `${this.#nextNumber++}.${extension}`;
  }

  #lines(table: string): string[] {
    return this.#files.read(this.#path(table)).toString().split("\n").slice(0, -1);
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  #write(name: string, text: string): void {
    const path = this.#path(name);
    if (this.#files.find(path) !== undefined) this.#files.removeOne(path);
    const isFull = this.#files.isFull; // the server keeps some room for itself
    this.#files.isFull = false;
    this.#files.create(path, Buffer.from(text));
    this.#files.isFull = isFull;
    this.#sync(path);
    this.#sync(this.#directory);
  }

  #extend(name: string, text: string): void {
    this.#files.append(this.#path(name), Buffer.from(text));
    this.#sync(this.#path(name));
  }

  #drop(name: string): void {
    this.#files.removeOne(this.#path(name));
    this.#sync(this.#directory);
  }

  /** The server's own disk calls do not lie: what a lying disk does to the database itself is not our matter. */
  #sync(path: string): void {
    const { syncLies } = this.#files;
    this.#files.syncLies = false;
    this.#files.sync(path);
    this.#files.syncLies = syncLies;
  }
}
