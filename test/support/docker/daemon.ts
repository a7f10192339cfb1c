// A Docker daemon: the one that runs on this machine, or else one of our own, as root on Linux. Ours lives in namespaces of
// its own (network, mounts, processes): nothing of it is seen outside but its directory and its socket, and everything that
// it started ends with it. It has no way to the outside either.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { needDockerDaemon } from "../need.ts";
import { works } from "./run.ts";

export interface Docker extends AsyncDisposable {
  /** What makes `docker` and testcontainers use this daemon. */
  env: NodeJS.ProcessEnv;
}

/** Why there can be no Docker; undefined if there can. */
export async function dockerProblem(): Promise<string | undefined> {
  if (await works("docker", ["info"])) return undefined;
  if (process.platform === "linux" && process.getuid?.() === 0) return undefined;
  return "no Docker daemon answers, and only root could start one";
}

/** @param directory everything of it is there; must be empty */
export async function openDocker(directory: string): Promise<Docker> {
  const config = join(directory, "config");
  await mkdir(config);
  await writeFile(join(config, "config.json"), "{}"); // no credentials, no plugins of the user's
  const env = { ...process.env, DOCKER_CONFIG: config, DOCKER_BUILDKIT: "0" };
  if (await works("docker", ["info"], { env })) return { env, [Symbol.asyncDispose]: async () => {} };
  needDockerDaemon();
  return await startDaemon(directory, env);
}

/** Ends with the test, even if that is killed. */
const asOurs = ["--pdeathsig", "KILL", "unshare"];
const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

async function startDaemon(directory: string, usual: NodeJS.ProcessEnv): Promise<Docker> {
  const host = `unix://${join(directory, "docker.sock")}`;
  const own = ["--host", host, "--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")];
  const args = [...asOurs, ...namespaces, "dockerd", ...own, "--pidfile", join(directory, "pid")];
  const daemon = spawn("setpriv", args, { stdio: "ignore" });
  const ended = once(daemon, "exit");
  const env = { ...usual, DOCKER_HOST: host };
  await isUp(env, ended);
  return {
    env,
    [Symbol.asyncDispose]: async () => {
      daemon.kill("SIGKILL"); // and with it the daemon, which is the first process of its namespace, and all in it
      await ended;
    },
  };
}

async function isUp(env: NodeJS.ProcessEnv, ended: Promise<unknown>): Promise<void> {
  const died = ended.then(() => Promise.reject(new Error("dockerd ended at once: run it by hand to see why")));
  const answers = async () => {
    while (!(await works("docker", ["info"], { env }))) await pause(100);
  };
  await Promise.race([answers(), died]);
}
