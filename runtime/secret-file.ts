// Files that hold a secret: private keys, tokens, and configurations with a password in them. They must be kept from others,
// as ssh and PostgreSQL want it of a key: mode 0600; or 0640 if the file is root's, whose groups nobody joins by chance.
import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ConfigError } from "./config-error.ts";

/** @throws ConfigError, also if others may read the file */
export async function readSecretFile(file: string): Promise<Buffer> {
  return await reading(file, async (handle) => {
    mustBeKept(file, await handle.stat(), "is a secret");
    return await handle.readFile();
  });
}

/** @param why what is secret about it. @throws ConfigError that says what to do */
export function mustBeKept(file: string, { mode, uid }: Stats, why: string): void {
  const allowed = uid === 0 ? 0o640 : 0o600;
  if ((mode & 0o777 & ~(allowed | 0o100)) === 0) return;
  const octal = (bits: number) => bits.toString(8).padStart(4, "0");
  const problem = `${why}, and others may read or change it (mode ${octal(mode & 0o777)})`;
  throw new ConfigError([`${file}: ${problem}: chmod ${octal(allowed)} ${file}`]);
}

/** @throws ConfigError */
export async function readPublicFile(file: string): Promise<Buffer> {
  return await reading(file, (handle) => handle.readFile());
}

async function reading(file: string, read: (handle: FileHandle) => Promise<Buffer>): Promise<Buffer> {
  try {
    await using handle = await open(file);
    return await read(handle);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${file}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`}`]);
  }
}
