// Stand-ins for the upstream images that the compose file names, for machines that cannot pull any: the same programs, users
// and directories, made of what Debian and npm have. A whole Debian is not in them; their shell is busybox.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { needPartsOfImages } from "../need.ts";
import { makeRootFileSystem } from "./root-file-system.ts";
import { programFile, run, works } from "./run.ts";

/** As the compose file and the Dockerfile have them. */
const upstream = {
  NODE_IMAGE: "node:24-bookworm-slim",
  REDIS_IMAGE: "redis:7.2",
  ETCD_IMAGE: "quay.io/coreos/etcd:v3.5.21",
};
type Variable = keyof typeof upstream;

const base = "stillpoint-test/base";
const programs = ["node", "openssl", "redis-server", "redis-cli", "etcd", "etcdctl"];

/** npm's packages come from a cache: whoever cannot pull an image cannot be sure of a registry while it builds one. */
const recipes: Record<Variable, string> = {
  NODE_IMAGE: `FROM ${base}
ENV npm_config_cache=/npm-cache npm_config_offline=true npm_config_update_notifier=false
`,
  REDIS_IMAGE: `FROM ${base}
RUN mkdir /data && chown 999:999 /data
VOLUME /data
WORKDIR /data
CMD ["redis-server"]
`,
  ETCD_IMAGE: `FROM ${base}
WORKDIR /var/lib/etcd
CMD ["etcd"]
`,
};

/**
 * @param directory for what the images are made of
 * @param project where package.json is
 * @returns the variables that name an image other than the usual one
 */
export async function imageVariables(
  directory: string,
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const variables = Object.keys(upstream) as Variable[];
  const there = await Promise.all(variables.map((variable) => isThere(upstream[variable], env)));
  const missing = variables.filter((_, index) => !there[index]);
  if (missing.length === 0) return {};
  await makeBase(directory, project, env);
  await Promise.all(missing.map((variable) => build(tagOf(variable), recipes[variable], env)));
  return Object.fromEntries(missing.map((variable) => [variable, tagOf(variable)]));
}

async function isThere(image: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (await works("docker", ["image", "inspect", image], { env })) return true;
  return await works("docker", ["pull", "--quiet", image], { env });
}

function tagOf(variable: Variable): string {
  return `stillpoint-test/${variable.toLowerCase()}`;
}

async function build(tag: string, recipe: string, env: NodeJS.ProcessEnv): Promise<void> {
  const docker = spawn("docker", ["build", "--quiet", "--tag", tag, "-"], {
    env,
    stdio: ["pipe", "ignore", "inherit"],
  });
  docker.stdin.end(recipe);
  const [code] = await once(docker, "exit");
  if (code !== 0) throw new Error(`${tag} cannot be built`);
}

async function makeBase(directory: string, project: string, env: NodeJS.ProcessEnv): Promise<void> {
  needPartsOfImages();
  const root = join(directory, "root");
  await Promise.all([
    makeRootFileSystem(root, programs).then(() => addNpm(root)),
    fillCache(join(directory, "scratch"), join(root, "npm-cache"), project),
  ]);
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  await run("sh", ["-c", `tar -C ${root} -c . | docker import --change "ENV ${path}" - ${base}`], { env });
  await rm(root, { recursive: true });
}

async function addNpm(root: string): Promise<void> {
  const script = await programFile("npm"); // npm/bin/npm-cli.js
  const modules = join(root, "usr/lib/node_modules");
  await cp(dirname(dirname(script)), join(modules, "npm"), { recursive: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/bin/npm"));
}

/** What `npm ci` wants in the Dockerfile, from this machine's registry. */
async function fillCache(scratch: string, cache: string, project: string): Promise<void> {
  await mkdir(scratch);
  for (const name of ["package.json", "package-lock.json"]) await cp(join(project, name), join(scratch, name));
  const kind = ["--omit=dev", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["ci", ...kind, "--cache", cache], { cwd: scratch });
  await rm(scratch, { recursive: true });
}
