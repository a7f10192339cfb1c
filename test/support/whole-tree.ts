// Everything below a directory as it is on the disk: what must not change at all is compared by this.
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** By path: kind, inode, mode, owner and content. What `leftOut` names is not looked at. */
export async function wholeTree(directory: string, leftOut: string, path = ""): Promise<Record<string, string>> {
  const at = join(directory, path);
  const { ino, mode, uid, gid } = await lstat(at);
  const seen = `inode ${ino} mode ${mode.toString(8)} owner ${uid}:${gid}`;
  const kind = mode & 0o170000;
  if (kind === 0o120000) return { [path]: `${seen} -> ${await readlink(at)}` };
  if (kind !== 0o040000) return { [path]: `${seen} ${await readFile(at, "utf8")}` };
  const names = (await readdir(at)).filter((name) => join(path, name) !== leftOut);
  const below = await Promise.all(names.sort().map((name) => wholeTree(directory, leftOut, join(path, name))));
  return Object.assign({ [path]: seen }, ...below);
}
