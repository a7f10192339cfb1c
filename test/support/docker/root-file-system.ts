// A small root file system of this machine's own programs and the libraries that they need: what images are made of where
// none can be pulled.
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { programFile, run } from "./run.ts";

/** Debian's busybox-static. */
const shell = "busybox";

/** @param programs names that the PATH has */
export async function makeRootFileSystem(root: string, programs: readonly string[]): Promise<void> {
  for (const directory of ["bin", "usr/bin", "usr/local/bin", "etc", "lib", "var"]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  await addShell(root);
  for (const name of programs) await addProgram(root, name);
  await writeFile(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await writeFile(join(root, "etc/group"), "root:x:0:\n");
}

async function addShell(root: string): Promise<void> {
  const file = await programFile(shell);
  await cp(file, join(root, "bin", shell));
  const names = (await run(file, ["--list"])).split("\n").filter((name) => name !== "" && name !== shell);
  await Promise.all(names.map((name) => symlink(`/bin/${shell}`, join(root, "bin", name))));
  await symlink(`/bin/${shell}`, join(root, "usr/bin/env"));
}

async function addProgram(root: string, name: string): Promise<void> {
  const file = await programFile(name);
  await cp(file, join(root, "usr/bin", name));
  for (const library of await librariesOf(file)) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await cp(library, join(root, library), { dereference: true, force: true });
  }
}

/** Full paths, the loader among them. */
async function librariesOf(file: string): Promise<string[]> {
  const listed = await run("ldd", [file]);
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string);
}
