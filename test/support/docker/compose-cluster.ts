// The cluster of docker-compose.yml as it is, from the first image to the last volume. On a machine without images it runs on
// stand-ins; whatever it needs is fetched, and everything is gone when it is closed.
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StartedDockerComposeEnvironment } from "testcontainers";
import { eventually } from "../eventually.ts";
import { needCompose } from "./compose-plugin.ts";
import { openDocker } from "./daemon.ts";
import { run } from "./run.ts";
import { imageVariables } from "./stand-ins.ts";

export const project = fileURLToPath(new URL("../../..", import.meta.url));

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export class ComposeCluster implements AsyncDisposable {
  readonly #name: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #resources: AsyncDisposableStack;

  private constructor(name: string, env: NodeJS.ProcessEnv, resources: AsyncDisposableStack) {
    this.#name = name;
    this.#env = env;
    this.#resources = resources;
  }

  /** When it is there everything is healthy and the load runs. */
  static async up(): Promise<ComposeCluster> {
    await using resources = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), "stillpoint-docker-"));
    resources.defer(() => rm(directory, { recursive: true, force: true }));
    const name = basename(directory).toLowerCase();
    const docker = resources.use(await openDocker(directory));
    const images = await imagesIn(directory, docker.env);
    const env = { ...docker.env, ...images, STILLPOINT_IMAGE: `${name}:local`, COMPOSE_PROJECT_NAME: name };
    resources.defer(() => removeImages(Object.values({ ...images, own: env.STILLPOINT_IMAGE }), env));
    await run("docker", ["compose", "build", "--quiet"], { cwd: project, env });
    const started = await start(name, env);
    resources.defer(async () => void (await started.down({ removeVolumes: true, timeout: 1000 })));
    return new ComposeCluster(name, env, resources.move());
  }

  /** `docker compose`, to its end. */
  compose(...args: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const docker = execFile(
        "docker",
        ["compose", "--profile", "load", ...args],
        this.#options,
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      docker.stdin?.end(); // else it waits for more of it when the command has ended
    });
  }

  /** `docker compose exec SERVICE COMMAND`. */
  exec(service: string, ...command: string[]): Promise<Ended> {
    return this.compose("exec", "-T", service, ...command);
  }

  /** The same, left to run; its stderr may be looked at. */
  start(service: string, ...command: string[]) {
    return spawn("docker", ["compose", "exec", "-T", service, ...command], {
      ...this.#options,
      stdio: ["ignore", "ignore", "pipe"],
    });
  }

  /** `docker COMMAND` on the only container of a service, such as kill or start. @returns stdout */
  async container(service: string, ...command: string[]): Promise<string> {
    return await run("docker", [...command, `${this.#name}-${service}-1`], { env: this.#env });
  }

  /** Nothing in it runs until `docker unpause`. While processes come and go in it, freezing them may take several tries. */
  async pause(service: string): Promise<void> {
    const isPaused = () => this.container(service, "pause").catch(() => undefined);
    await eventually(isPaused, 60_000, `${service} cannot be paused`);
  }

  get #options() {
    return { cwd: project, env: this.#env };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

async function imagesIn(directory: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const parts = join(directory, "images");
  await mkdir(parts);
  const [images] = await Promise.all([imageVariables(parts, project, env), needCompose(env)]);
  return images;
}

/** testcontainers takes its settings from this process's variables. */
async function start(name: string, env: NodeJS.ProcessEnv): Promise<StartedDockerComposeEnvironment> {
  Object.assign(process.env, env, { TESTCONTAINERS_RYUK_DISABLED: "true" });
  const { DockerComposeEnvironment, Wait } = await import("testcontainers");
  return await new DockerComposeEnvironment(project, "docker-compose.yml")
    .withProjectName(name)
    .withProfiles("load")
    .withWaitStrategy("coordinator2-1", Wait.forHealthCheck())
    .up();
}

async function removeImages(images: string[], env: NodeJS.ProcessEnv): Promise<void> {
  await run("docker", ["image", "rm", "--force", ...images], { env });
}
