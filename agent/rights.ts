// What the agent's user must be allowed to do with the database's files: read them, link them, and give a copy their owner.
// Without these rights a backup would fail in its midst, or a restore would leave files that the database cannot open.
import { constants } from "node:fs";
import { access, lstat, readFile, stat } from "node:fs/promises";
import { StillpointError } from "../proto/errors.ts";
import { unlessGone } from "./disk-errors.ts";

export const rightsHint =
  "run the agent as the user that owns the data directory and all in it, or give it CAP_CHOWN, CAP_DAC_OVERRIDE and CAP_FOWNER";

/** @throws StillpointError invalid */
export async function mustBeDataDirectory(dataDir: string): Promise<void> {
  const found = await unlessGone(stat(dataDir));
  if (!found?.isDirectory()) {
    const problem = found === undefined ? "does not exist" : "is not a directory";
    throw new StillpointError("invalid", `data directory "${dataDir}" ${problem}`, {
      hint: "dataDir must be the directory that the database server works on",
    });
  }
  if (await mayDoAll()) return; // access() does not look at capabilities
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const what = `user ${currentUser()} may not read and write data directory "${dataDir}"`;
    throw new StillpointError("invalid", what, { hint: rightsHint, cause });
  });
}

/** What stands in the way with the first of these files and directories; undefined if nothing does. */
export async function rightsProblem(paths: readonly string[]): Promise<string | undefined> {
  if (await mayDoAll()) return undefined;
  for (const path of paths) {
    const problem = await problemWith(path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function problemWith(path: string): Promise<string | undefined> {
  const found = await unlessGone(lstat(path));
  if (found === undefined) return undefined;
  const user = currentUser();
  if (found.uid !== user)
    return `"${path}" belongs to user ${found.uid}, the agent runs as user ${user}: ${rightsHint}`;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  if (!groups.includes(found.gid)) {
    return `"${path}" belongs to group ${found.gid}, the agent's user ${user} does not: make it a member of that group`;
  }
  const needed = found.isDirectory() ? 0o500 : 0o400;
  if ((found.mode & needed) === needed) return undefined;
  return `"${path}" has mode ${(found.mode & 0o7777).toString(8).padStart(4, "0")}: its own user may not read it`;
}

export function currentUser(): number | undefined {
  return process.geteuid?.();
}

/** CAP_CHOWN, CAP_DAC_OVERRIDE and CAP_FOWNER, by their numbers in linux/capability.h. */
const neededCapabilities = (1n << 0n) | (1n << 1n) | (1n << 3n);

/** Root has all capabilities, unless somebody took them away, as containers do. */
export async function mayDoAll(): Promise<boolean> {
  const status = await unlessGone(readFile("/proc/self/status", "utf8"));
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? "") ?? [];
  if (effective === undefined) return currentUser() === 0;
  return (BigInt(`0x${effective}`) & neededCapabilities) === neededCapabilities;
}
