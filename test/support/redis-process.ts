// A real redis-server process on a directory of its own. Supervised, it is started anew whenever it ends, once the agent's
// gate is open, as a container's restart policy does it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePorts } from "../../cli/demo/free-port.ts";

export interface RedisProcessOptions {
  /** The server's data directory; it is made. */
  dir: string;
  /** More settings, as on the command line. */
  args?: string[];
  supervised?: boolean;
  /** A free one, if it is left out. */
  port?: number;
  /** Before the program: strace, for example. */
  wrapper?: string[];
}

const settings = ["--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "local", "--appendonly", "yes"];

export class RedisProcess {
  readonly dir: string;
  readonly port: number;
  readonly socket: string;
  readonly #options: RedisProcessOptions;
  #child: ChildProcess | undefined;
  #isWanted = false;
  #running: Promise<void> = Promise.resolve();
  readonly #clients: Redis[] = [];

  private constructor(options: RedisProcessOptions, port: number) {
    this.#options = options;
    this.dir = options.dir;
    this.port = port;
    this.socket = join(options.dir, "redis.sock");
  }

  static async start(options: RedisProcessOptions): Promise<RedisProcess> {
    const [port = options.port] = options.port === undefined ? await freePorts(1) : [];
    await mkdir(options.dir, { recursive: true });
    const server = new RedisProcess(options, port as number);
    await server.restart();
    return server;
  }

  /** On a copy of a data directory or piece. It accepts no AOF whose end is damaged. */
  static async startOnCopy(files: string, dir: string, args: string[] = []): Promise<RedisProcess> {
    await rm(dir, { recursive: true, force: true });
    const isData = (path: string) => !path.startsWith(join(files, "backups")) && !path.endsWith(".sock");
    await cp(files, dir, { recursive: true, filter: isData });
    return await RedisProcess.start({ dir, args: ["--aof-load-truncated", "no", ...args] });
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Of the server itself, also under a wrapper. */
  get pid(): Promise<number> {
    return readFile(join(this.dir, "redis.pid"), "utf8").then(Number);
  }

  async restart(): Promise<void> {
    this.#isWanted = true;
    this.#running = this.#run();
    await this.answers();
  }

  /** A new connection, that ends with the server. One that is lost comes back. */
  client(): Redis {
    const client = new Redis({
      host: "127.0.0.1",
      port: this.port,
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
    });
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
  }

  async signal(name: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid, name);
  }

  /** With SIGKILL. It is not started again. */
  async crash(): Promise<void> {
    this.#isWanted = false;
    if (this.#child?.exitCode === null) await this.signal("SIGKILL").catch(() => {}); // it may have ended by itself
    await this.#running;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.crash();
  }

  async answers(): Promise<void> {
    const client = this.client();
    while (!/loading:0/.test(await client.info("persistence").catch(() => ""))) await pause(5);
    client.disconnect();
  }

  async #run(): Promise<void> {
    const { args = [], supervised = false, wrapper = [] } = this.#options;
    const place = ["--dir", this.dir, "--port", String(this.port), "--unixsocket", this.socket];
    const files = ["--pidfile", join(this.dir, "redis.pid"), "--logfile", join(this.dir, "redis.log")];
    const [program = "", ...rest] = [...wrapper, "redis-server", ...place, ...files, ...settings, ...args];
    do {
      while (this.#isWanted && existsSync(join(this.dir, "backups", ".gate"))) await pause(20);
      if (!this.#isWanted) return;
      this.#child = spawn(program, rest, { stdio: "ignore" });
      await once(this.#child, "exit");
      await pause(20);
    } while (supervised && this.#isWanted);
  }
}
