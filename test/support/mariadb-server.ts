// Real MariaDB servers for tests: without the machine's configuration, without a port, each in a directory of its own, with
// InnoDB and MyRocks. A test file installs one template, and each server works on a copy of it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Connection, createConnection } from "mariadb";
import { eventually } from "./eventually.ts";

export const agentUser = { username: "stillpoint", password: "of the agent" };
export const grants = grantsTo(`${agentUser.username}@localhost`, agentUser.password);

/** What docs/ENGINES.md tells to grant, for a server with MyRocks that the agent shuts down itself. */
export function grantsTo(user: string, password = ""): string {
  const rights = "RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, CONNECTION ADMIN, SHUTDOWN, SUPER";
  return `CREATE USER ${user} IDENTIFIED BY '${password}'; GRANT ${rights} ON *.* TO ${user};`;
}

const isRoot = process.getuid?.() === 0;
/** A server that root starts must say whose it is; it is not the agent's, as on most machines. */
const asUser = isRoot ? ["--user=mysql"] : [];
const path = `${process.env.PATH}:/usr/sbin`;
const small = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--rocksdb-block-cache-size=8M"];
const plugins = ["ha_rocksdb.so", "metadata_lock_info.so"].map((plugin) => `--plugin-load-add=${plugin}`);

/** A data directory as mariadb-install-db leaves it, and after `sql`. The directory it is in is the caller's to remove. */
export function installTemplate(sql: string): string {
  const template = join(publicDirectory("stillpoint-mariadb-template-"), "data");
  const install = [
    "--no-defaults",
    ...asUser,
    tmpdirOf(template),
    `--datadir=${template}`,
    "--skip-test-db",
    "--innodb-log-file-size=8M",
  ];
  execFileSync("mariadb-install-db", [...install, "--auth-root-authentication-method=normal"], { stdio: "pipe" });
  bootstrap(template, sql);
  return template;
}

/** Runs SQL on the files of a server that does not run. */
export function bootstrap(dataDir: string, sql: string): void {
  const options = [
    "--no-defaults",
    ...asUser,
    tmpdirOf(dataDir),
    `--datadir=${dataDir}`,
    "--plugin-maturity=unknown",
    ...plugins,
    ...small,
  ];
  const input = `FLUSH PRIVILEGES;\n${sql.replaceAll(/\s*\n\s*/g, " ").replaceAll("; ", ";\n")}\n`;
  execFileSync("mariadbd", [...options, "--skip-log-bin", "--bootstrap"], {
    input,
    env: { PATH: path },
    stdio: "pipe",
  });
}

/** Its own: a server that starts removes the temporary tables of all that share one, and they die. */
function tmpdirOf(dataDir: string): string {
  return `--tmpdir=${dirname(dataDir)}`;
}

/** Of a test, where the server's user gets at it. */
export function publicDirectory(prefix: string): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(directory, 0o777);
  return directory;
}

export function copyDirectory(from: string, to: string): void {
  execFileSync("cp", ["-a", "--reflink=auto", from, to]);
}

export class MariadbServer {
  readonly directory: string;
  readonly dataDir: string;
  readonly socket: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #keepsRunning = false;

  /** @param options of mariadbd, beside those that all have */
  constructor(directory: string, options: readonly string[] = []) {
    this.directory = directory;
    this.dataDir = join(directory, "data");
    this.socket = join(directory, "socket");
    this.#options = options;
  }

  static async start(template: string, options: readonly string[] = []): Promise<MariadbServer> {
    const directory = publicDirectory("stillpoint-mariadb-");
    copyDirectory(template, join(directory, "data"));
    return await MariadbServer.startIn(directory, options);
  }

  /** On the data that is there. */
  static async startIn(directory: string, options: readonly string[]): Promise<MariadbServer> {
    const server = new MariadbServer(directory, options);
    const backups = join(server.dataDir, "backups"); // as the agent makes it
    mkdirSync(backups, { mode: 0o700 });
    const { uid, gid } = statSync(server.dataDir);
    chownSync(backups, uid, gid);
    await server.start();
    return server;
  }

  get address(): string {
    return `unix:${this.socket}`;
  }

  /** Resolves when it takes connections. From then on it is started again whenever it ends, unless its gate is shut. */
  async start(): Promise<void> {
    this.#keepsRunning = true;
    this.#run();
    await this.isReady();
  }

  async isReady(): Promise<void> {
    const connects = async () =>
      await this.connect().then(
        (each) => each.end().then(() => true),
        () => false,
      );
    await eventually(connects, 30_000, "the server does not start").catch(async (error) => {
      const log = this.log().slice(-2000);
      await this.kill();
      throw new Error(`${error.message}: ${log}`);
    });
  }

  async connect(user = "root", database?: string): Promise<Connection> {
    const where = database === undefined ? {} : { database };
    return await createConnection({ socketPath: this.socket, user, ...where, bigIntAsNumber: true });
  }

  /** One statement on a connection of its own. */
  async ask<Rows = Record<string, unknown>[]>(sql: string): Promise<Rows> {
    const connection = await this.connect();
    return await connection.query<Rows>(sql).finally(() => connection.end());
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(name);
  }

  /** It stays down. */
  async kill(): Promise<void> {
    this.#keepsRunning = false;
    this.#process?.kill("SIGKILL");
    await this.#exited;
  }

  /** Ends it, if it runs or tries to, and lets it be started again as before when the work is done. */
  async whileDown(work: () => void): Promise<void> {
    await this.kill();
    work();
    this.#keepsRunning = true;
    void this.#startAgain(this.#process);
  }

  /** In good order, and for good. */
  async stop(): Promise<void> {
    this.#keepsRunning = false;
    this.#process?.kill("SIGTERM");
    await this.#exited;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  log(): string {
    return readFileSync(join(this.directory, "log"), "utf8");
  }

  #run(): void {
    const log = openSync(join(this.directory, "log"), "a");
    const files = [`--datadir=${this.dataDir}`, `--socket=${this.socket}`, `--pid-file=${this.directory}/data/pid`];
    const binlog = ["--log-bin=binlog", "--binlog-format=ROW", "--server-id=1", "--ignore-db-dirs=backups"];
    const all = [
      tmpdirOf(this.dataDir),
      ...files,
      ...binlog,
      "--skip-networking",
      "--plugin-maturity=unknown",
      ...plugins,
      ...small,
    ];
    const child = spawn("mariadbd", ["--no-defaults", ...asUser, ...all, ...this.#options], {
      env: { PATH: path },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#process = child;
    this.#exited = once(child, "exit");
    child.once("exit", () => void this.#startAgain(child));
  }

  /** As a supervisor that honours the gate of gated-server.ts. */
  async #startAgain(ended: ChildProcess | undefined): Promise<void> {
    do await pause(100);
    while (this.#keepsRunning && existsSync(join(this.dataDir, "backups", ".gate")));
    if (this.#keepsRunning && this.#process === ended) this.#run(); // else the test has started it meanwhile
  }
}
