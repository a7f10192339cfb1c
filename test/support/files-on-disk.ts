// The one file of a tiny database that runs as a process.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StillpointError } from "../../proto/errors.ts";
import type { Files } from "./tiny-database.ts";

export class FilesOnDisk implements Files {
  readonly #path: string;

  constructor(dir: string) {
    this.#path = join(dir, "writes");
  }

  read(): number {
    const writes = Number(readFileSync(this.#path, "utf8"));
    if (Number.isNaN(writes)) throw new StillpointError("corrupt", `"${this.#path}" is damaged`);
    return writes;
  }

  write(writes: number | "garbage"): void {
    writeFileSync(`${this.#path}.new`, String(writes));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
