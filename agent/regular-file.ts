// Reads files that somebody may have exchanged: no link is followed, no pipe is waited for, no device is read to its end, and
// nothing is read whole that is longer than what was ever written there.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { StillpointError } from "../proto/errors.ts";
import { formatBytes } from "../runtime/units.ts";

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @throws StillpointError corrupt, if it is anything but a regular file */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ELOOP" || error.code === "ENXIO" ? notRegular(path) : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notRegular(path);
}

/** @throws StillpointError corrupt, if it is anything but a regular file of at most `maxBytes` */
export async function readRegular(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size <= maxBytes) return await file.readFile();
    const limit = `${formatBytes(size)}, more than the ${formatBytes(maxBytes)} that it may have`;
    throw new StillpointError("corrupt", `"${path}" has ${limit}`);
  } finally {
    await file.close();
  }
}

export function notRegular(path: string): StillpointError {
  return new StillpointError("corrupt", `"${path}" is no regular file: links and pipes are not followed`);
}
