// A real etcd on free ports of the loopback, with its data in a directory of its own. close() leaves nothing behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePorts } from "../../cli/demo/free-port.ts";

/** Quick elections allow leases of one second. */
const commonArguments = [
  ...["--unsafe-no-fsync", "--logger", "zap", "--log-level", "error"],
  ...["--heartbeat-interval", "20", "--election-timeout", "200"],
];
const startTimeoutMs = 10_000;

export interface EtcdOptions {
  /** Further flags. */
  flags?: string[];
  /** For clients: "https" needs --cert-file and --key-file among the flags. */
  scheme?: "http" | "https";
}

interface Member {
  directory: string;
  name: string;
  clientPort: number;
  peerPort: number;
  /** "name=http://host:port", of all members. */
  initialCluster: string;
}

export class Etcd implements AsyncDisposable {
  /** "host:port". */
  readonly endpoint: string;
  readonly #arguments: string[];
  readonly #directory: string;
  #process: ChildProcess | undefined;

  static async start(options: EtcdOptions = {}): Promise<Etcd> {
    for (let triesLeft = 2; ; triesLeft--) {
      const [etcd] = (await Etcd.members(["test"], options)) as [Etcd];
      try {
        await etcd.restart();
        return etcd;
      } catch (error) {
        await etcd.close();
        if (triesLeft === 0) throw error; // else another program was quicker to take a free port
      }
    }
  }

  /** Members of one cluster that know each other; none of them runs yet. */
  static async members(names: readonly string[], options: EtcdOptions = {}): Promise<Etcd[]> {
    const ports = await freePorts(2 * names.length);
    const members = names.map((name, index) => ({
      name,
      clientPort: ports[2 * index] as number,
      peerPort: ports[2 * index + 1] as number,
    }));
    const initialCluster = members.map(({ name, peerPort }) => `${name}=http://127.0.0.1:${peerPort}`).join(",");
    return await Promise.all(
      members.map(async (member) => {
        const directory = await mkdtemp(join(tmpdir(), "etcd-"));
        return new Etcd({ ...member, directory, initialCluster }, options);
      }),
    );
  }

  private constructor(member: Member, { flags = [], scheme = "http" }: EtcdOptions) {
    const { directory, name, clientPort, peerPort, initialCluster } = member;
    const clientUrl = `${scheme}://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    this.endpoint = `127.0.0.1:${clientPort}`;
    this.#directory = directory;
    this.#arguments = [
      ...["--data-dir", directory, "--name", name, "--initial-cluster", initialCluster],
      ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...commonArguments,
      ...flags,
    ];
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts it again, on the same ports and with the same data. */
  async restart(): Promise<void> {
    await this.stop();
    const child = spawn("etcd", this.#arguments, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    this.#process = child;
    const giveUpAt = performance.now() + startTimeoutMs;
    while (!(await isOpen(this.endpoint))) {
      if (child.exitCode !== null || performance.now() > giveUpAt) throw new Error(`etcd did not start: ${errors}`);
      await pause(10);
    }
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Takes connections, and answers nothing. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    child.kill("SIGCONT");
    await exited;
  }
}

async function isOpen(endpoint: string): Promise<boolean> {
  const [host, port] = endpoint.split(":");
  const socket = connect(Number(port), host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
