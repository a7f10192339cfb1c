// A directory of certificates that is exchanged as a whole, by one rename, as a mounted secret is. Gone with the test.
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Authority } from "./certificates.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface MountedSecret {
  /** Paths, as a configuration has them. */
  files: { ca: string; cert: string; key: string };
  /** Puts the certificate of the same name by another authority in its place. */
  put(other: Authority): Promise<void>;
}

export async function mountedSecret(from: Authority, name: string): Promise<MountedSecret> {
  const directory = join(await temporaryDirectory(), "mounted");
  const put = async (authority: Authority) => {
    await cp(join(authority.directory, name), `${directory}.next`, { recursive: true });
    await rm(directory, { recursive: true, force: true });
    await rename(`${directory}.next`, directory);
  };
  await put(from);
  const files = { ca: join(directory, "ca.crt"), cert: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  return { files, put };
}
