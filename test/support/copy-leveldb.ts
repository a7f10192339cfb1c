// Copies the files of a LevelDB that is open, but not written to. It may still compact; then the copy is made again.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function copyLevelDb(from: string, to: string): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const before = await state(from);
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { recursive: true });
    const copied = await run("cp", ["-a", `${from}/.`, to]).then(
      () => true,
      () => false, // a table was removed meanwhile
    );
    if (copied && before === (await state(from))) return;
  }
  throw new Error(`${from} never stood still`);
}

/** What changes with every compaction. */
async function state(directory: string): Promise<string> {
  const names = (await readdir(directory)).sort();
  const current = (await readFile(join(directory, "CURRENT"), "utf8")).trim();
  return [...names, current, (await stat(join(directory, current))).size].join(" ");
}
