// Programs that the demo runs and npm does not install.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { StillpointError } from "../../proto/errors.ts";

/** @param otherwise what to do to get along without it @throws StillpointError not-found */
export async function mustBeOnPath(program: string, debianPackage: string, otherwise: string): Promise<void> {
  const directories = (process.env.PATH ?? "").split(delimiter);
  const tries = directories.map((directory) => access(join(directory, program), constants.X_OK));
  await Promise.any(tries).catch((cause: unknown) => {
    throw new StillpointError("not-found", `there is no program "${program}" on the PATH`, {
      hint: `install it (Debian and Ubuntu: apt-get install ${debianPackage}), or ${otherwise}`,
      cause,
    });
  });
}
