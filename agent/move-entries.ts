// Moves entries of one directory to another, by one rename each. A directory that cannot be moved with the mode that it has
// gets another one for that moment.
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { ownersAll } from "./locked-directories.ts";

export async function moveEntries(disk: Disk, names: readonly string[], from: string, to: string): Promise<void> {
  const modes = await disk.modesInTheWay(names.map((name) => join(from, name)));
  for (const [index, name] of names.entries()) {
    const [here, there, mode] = [join(from, name), join(to, name), modes[index]];
    if (mode !== undefined) await disk.setMode(here, mode | ownersAll);
    await disk.rename(here, there);
    if (mode !== undefined) await disk.setMode(there, mode);
  }
  await disk.sync(from);
  await disk.sync(to);
}
