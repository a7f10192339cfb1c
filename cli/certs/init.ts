// A CA and one certificate for each part that somebody can play, in a new directory that is there whole or not at all.
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StillpointError } from "../../proto/errors.ts";
import { type Identity, issue, makeAuthority } from "./authority.ts";

const thisMachine = ["localhost", "127.0.0.1", "::1"];

/** The names are those that services give the roles to, unless they are told otherwise (runtime/security.ts). */
function identities(hosts: readonly string[]): Identity[] {
  return [
    { name: "agent", usage: "serverAuth", hosts },
    { name: "coordinator", usage: "serverAuth,clientAuth", hosts },
    { name: "operator", usage: "clientAuth", hosts: [] },
    { name: "viewer", usage: "clientAuth", hosts: [] },
  ];
}

/** @returns the names of the certificates. @throws StillpointError invalid, if there is anything in the directory */
export async function initCertificates(directory: string, hosts: readonly string[]): Promise<string[]> {
  const target = resolve(directory);
  await mkdir(dirname(target), { recursive: true });
  const made = await mkdtemp(`${target}.new-`); // mode 0700
  try {
    await makeAuthority(made);
    const wanted = identities([...thisMachine, ...hosts]);
    for (const identity of wanted) await issue(made, identity);
    await rename(made, target);
    return wanted.map(({ name }) => name);
  } catch (error) {
    await rm(made, { recursive: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") throw isThere(directory);
    throw error;
  }
}

function isThere(directory: string): StillpointError {
  return new StillpointError("invalid", `"${directory}" is there already, and nothing in it is overwritten`, {
    hint: "give another directory, or remove this one if nobody uses its certificates",
  });
}
