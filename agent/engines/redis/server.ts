// The Redis server beside us: one connection, opened when it is needed, and again after it was lost.
import { StillpointError } from "../../../proto/errors.ts";
import { type RedisAddress, RedisConnection } from "./connection.ts";

export class RedisServer {
  /** Longest time for an answer. */
  readonly timeoutMs: number;
  readonly #address: RedisAddress;
  #connection: Promise<RedisConnection> | undefined;
  #isEnded = false;

  constructor(address: RedisAddress, timeoutMs: number) {
    this.#address = address;
    this.timeoutMs = timeoutMs;
  }

  /** For messages. */
  get peer(): string {
    return `Redis server at ${this.#address.address}`;
  }

  /** @throws StillpointError unreachable; cancelled, after `end` */
  connect(): Promise<RedisConnection> {
    if (this.#isEnded) return Promise.reject(new StillpointError("cancelled", "the engine was closed"));
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** Whether anybody listens there. */
  async isUp(): Promise<boolean> {
    try {
      const connection = await this.connect();
      await connection.ask(["PING"], { timeoutMs: this.timeoutMs });
      return true;
    } catch (error) {
      return !(error instanceof StillpointError && isNobody(error.cause));
    }
  }

  /** The connection there is, if any, ends. */
  async drop(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    connection?.end();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.drop();
  }

  #open(): Promise<RedisConnection> {
    const opening = RedisConnection.open(this.#address, this.timeoutMs);
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    opening.then(({ closed }) => closed.addEventListener("abort", forget, { once: true }), forget);
    return opening;
  }
}

/** The port is closed, or the socket is gone or nobody's. */
function isNobody(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ECONNREFUSED", "ENOENT"].includes(String(error.code));
}
