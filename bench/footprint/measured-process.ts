// A process that is started as a user starts it, and what the kernel says of it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askHealth } from "../../proto/ask-health.ts";
import { parseAddress } from "../../runtime/address.ts";

const stillpoint = fileURLToPath(new URL("../../cli/stillpoint.js", import.meta.url));
const lookEveryMs = 1;
const servingWithinMs = 20_000;
const mostOfLog = 2_000;

export class MeasuredProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** From before it was started until it said SERVING. */
  readonly startMs: number;

  /** `stillpoint agent` or `coordinator`. */
  static service(kind: string, configFile: string, address: string, env: NodeJS.ProcessEnv = {}) {
    return MeasuredProcess.start([stillpoint, kind, "--config", configFile], address, env);
  }

  /** Resolves when it says at this address that it is SERVING. */
  static async start(args: string[], address: string, env: NodeJS.ProcessEnv = {}): Promise<MeasuredProcess> {
    const beginAt = performance.now();
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    let log = "";
    child.stderr.on("data", (text) => {
      log = `${log}${text}`.slice(-mostOfLog);
    });
    const isLate = () =>
      child.exitCode !== null || child.signalCode !== null || performance.now() - beginAt > servingWithinMs;
    while (!(await isServing(address))) {
      if (isLate()) throw new Error(`not SERVING: ${args.join(" ")}: ${log}`);
      await pause(lookEveryMs);
    }
    return new MeasuredProcess(child, performance.now() - beginAt);
  }

  private constructor(child: ChildProcess, startMs: number) {
    this.#child = child;
    this.startMs = startMs;
  }

  get rssMiB(): number {
    return numberIn(this.#read("status"), /^VmRSS:\s+(\d+) kB$/m) / 1024;
  }

  /** Of all its threads that are there, to the microsecond; those of /proc/PID/stat would be to 10 ms. */
  get cpuMs(): number {
    const threads = readdirSync(`/proc/${this.#child.pid}/task`);
    const ns = threads.map((thread) => numberIn(this.#read(`task/${thread}/schedstat`), /^(\d+) /));
    return ns.reduce((sum, each) => sum + each, 0) / 1e6;
  }

  /** What it has read, from files and sockets, in bytes. */
  get readBytes(): number {
    return numberIn(this.#read("io"), /^rchar: (\d+)$/m);
  }

  /** As an operator ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  #read(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, "utf8");
  }
}

/** gRPC connects again only after a pause, so it is asked only when somebody listens. */
async function isServing(address: string): Promise<boolean> {
  const { host, port } = parseAddress(address);
  const socket = connect(Number(port), host);
  try {
    await once(socket, "connect");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
  return (await askHealth(address)) === "SERVING";
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}
