// `docker compose` (v2). Where the client has none, Debian trixie's package gives it: it is fetched with an apt configuration of
// our own, so that nothing of this machine changes, and put where this test's client looks for plugins.
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, works } from "./run.ts";

const suite = "trixie";
const inPackage = "usr/libexec/docker/cli-plugins/docker-compose";
/** Fetched once for this folder's packages. */
const kept = fileURLToPath(new URL("../../../node_modules/.cache/docker-compose", import.meta.url));

export async function needCompose(env: NodeJS.ProcessEnv): Promise<void> {
  if (await works("docker", ["compose", "version"], { env })) return;
  if (!existsSync(kept)) await fetchPlugin();
  const plugins = join(String(env.DOCKER_CONFIG), "cli-plugins");
  await mkdir(plugins);
  await cp(kept, join(plugins, "docker-compose"));
}

async function fetchPlugin(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "stillpoint-compose-"));
  await mkdir(join(directory, "lists/partial"), { recursive: true });
  await mkdir(join(directory, "cache/archives/partial"), { recursive: true });
  await writeFile(join(directory, "sources.list"), `deb ${await mirror()} ${suite} main\n`);
  await writeFile(join(directory, "status"), "");
  await apt(directory, "update");
  await apt(directory, "download", "docker-compose");
  await run("sh", ["-c", "dpkg -x docker-compose_*.deb package"], { cwd: directory });
  await mkdir(dirname(kept), { recursive: true });
  await cp(join(directory, "package", inPackage), `${kept}.new`);
  await rename(`${kept}.new`, kept);
  await rm(directory, { recursive: true });
}

/** The one that this machine's own apt uses for Debian. */
async function mirror(): Promise<string> {
  const uris = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  const [first] = uris.split("\n").filter((uri) => /debian\/?$/.test(uri));
  return first ?? "http://deb.debian.org/debian";
}

async function apt(directory: string, ...command: string[]): Promise<void> {
  const own = {
    "Dir::Etc::SourceList": join(directory, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(directory, "lists"),
    "Dir::State::Status": join(directory, "status"),
    "Dir::Cache": join(directory, "cache"),
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(own).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await run("apt-get", ["--quiet", "--quiet", ...options, ...command], { cwd: directory });
}
