// File systems, and single files, that are mounted below a directory. A hard link cannot be made across them, nor can they be
// renamed. The device of a file does not tell: a bind mount has that of its source. Linux knows.
import { open, readFile, realpath } from "node:fs/promises";
import { unlessGone } from "./disk-errors.ts";

interface Mount {
  parent: string;
  at: string;
}

/** Paths below the directory; what is mounted within another mount is not told. None where the system is not Linux. */
export async function mountPointsBelow(directory: string): Promise<string[]> {
  const [table, id] = await Promise.all([unlessGone(readFile("/proc/self/mountinfo", "utf8")), mountOf(directory)]);
  if (table === undefined || id === undefined) return [];
  const top = `${await realpath(directory)}/`;
  const below = table.split("\n").flatMap((line) => mountFrom(line) ?? []);
  return below.filter(({ parent, at }) => parent === id && at.startsWith(top)).map(({ at }) => at.slice(top.length));
}

/** Its number in the mount table: a path may have been mounted over, and then the table has mounts that nobody can reach. */
async function mountOf(directory: string): Promise<string | undefined> {
  const handle = await open(directory, "r");
  try {
    const facts = await unlessGone(readFile(`/proc/self/fdinfo/${handle.fd}`, "utf8"));
    return /^mnt_id:\s*(\d+)$/m.exec(facts ?? "")?.[1];
  } finally {
    await handle.close();
  }
}

/** A line of mountinfo: its number, its parent's, the device, its root there, and where it is, with blanks as \040. */
function mountFrom(line: string): Mount | undefined {
  const [, parent, , , at] = line.split(" ");
  if (parent === undefined || at === undefined) return undefined;
  return { parent, at: unescaped(at) };
}

function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
