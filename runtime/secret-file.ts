// Files that prove who somebody is: private keys and tokens. What everybody on the machine can read proves nothing.
import { type FileHandle, open } from "node:fs/promises";
import { ConfigError } from "./config-error.ts";

const readableByAll = 0o004;

/** @throws ConfigError, also if everybody may read the file */
export async function readSecretFile(file: string): Promise<Buffer> {
  return await reading(file, async (handle) => {
    const { mode } = await handle.stat();
    if ((mode & readableByAll) !== 0) throw new ConfigError([`${file}: everybody may read it: chmod 600 ${file}`]);
    return await handle.readFile();
  });
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
