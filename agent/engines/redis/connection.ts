// One connection to a Redis server on this machine. What goes wrong is an error at once: nothing is queued while it is down,
// nothing is sent again, and it never connects anew by itself. It speaks RESP3, so that one connection can be subscribed to
// a channel and ask other things too.
import type { Redis } from "ioredis";
import { cancelledBy } from "../../../proto/call.ts";
import { messageOf, StillpointError } from "../../../proto/errors.ts";
import { parseAddress } from "../../../runtime/address.ts";
import type { Secret } from "../../../runtime/secret.ts";

export interface RedisAddress {
  /** "unix:/path", or "host:port" of this machine: the connection is not encrypted. */
  address: string;
  /** Of an ACL user; without it, `password` is the server's `requirepass`. */
  username?: string | undefined;
  password?: Secret | undefined;
}

export interface AskLimits {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** How a server's administrator sees us in CLIENT LIST. */
export const connectionName = "stillpoint-agent";

const settings = {
  connectionName,
  protocol: 3,
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  disableClientInfo: true,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: null,
  retryStrategy: () => null,
} as const;

export class RedisConnection {
  /** For messages. */
  readonly peer: string;
  readonly #client: Redis;
  readonly #closed = new AbortController();

  private constructor(client: Redis, peer: string) {
    this.#client = client;
    this.peer = peer;
    client.once("end", () => this.#closed.abort());
  }

  /** @throws StillpointError unreachable, also if the server does not accept the user and password */
  static async open(options: RedisAddress, timeoutMs: number): Promise<RedisConnection> {
    const { Redis } = await import("ioredis"); // here, so that agents of other engines do without
    const client = new Redis({
      ...placeOf(options.address),
      ...userOf(options),
      ...settings,
      connectTimeout: timeoutMs,
    });
    const connection = new RedisConnection(client, `Redis server at ${options.address}`);
    let problem: unknown;
    client.on("error", (error) => {
      problem = error; // tells more than what connect() rejects with
    });
    try {
      await within({ timeoutMs }, client.connect(), connection.peer);
      return connection;
    } catch (error) {
      connection.end();
      throw connection.#failure(problem ?? error);
    }
  }

  /** Aborts when the connection has ended, whoever ended it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** An answer of the server. Commands are sent, and done by the server, in the order of the calls. */
  async ask(command: readonly string[], limits: AskLimits): Promise<unknown> {
    const [name = "", ...args] = command;
    try {
      return await within(limits, this.#client.call(name.toLowerCase(), ...args), `${this.peer}: ${name}`);
    } catch (error) {
      throw error instanceof StillpointError ? error : this.#failure(error);
    }
  }

  /** What was sent is still done by the server. Repeatable. */
  end(): void {
    this.#client.disconnect();
    this.#closed.abort();
  }

  #failure(error: unknown): StillpointError {
    return new StillpointError("unreachable", `${this.peer}: ${messageOf(error)}`, { cause: error });
  }
}

/** The server's own word for why it refused a command, such as "BUSY" or "NOPERM"; undefined for any other error. */
export function refusalIn(error: unknown): string | undefined {
  const cause = error instanceof StillpointError ? error.cause : error;
  return cause instanceof Error && cause.name === "ReplyError" ? cause.message.split(" ", 1)[0] : undefined;
}

/** It has not answered in time. */
export function isSilent(error: unknown): boolean {
  return error instanceof StillpointError && error.reason === "unreachable" && error.cause === undefined;
}

async function within<Answer>(
  { timeoutMs, signal }: AskLimits,
  answer: Promise<Answer>,
  what: string,
): Promise<Answer> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timeout = () => reject(new StillpointError("unreachable", `${what}: no answer within ${timeoutMs} ms`));
  const timer = setTimeout(timeout, timeoutMs);
  const cancel = () => reject(cancelledBy(signal as AbortSignal));
  signal?.addEventListener("abort", cancel, { once: true });
  answer.catch(() => {}); // when nobody waits for it any more
  try {
    if (signal?.aborted) cancel();
    return await Promise.race([answer, givenUp]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

function placeOf(address: string): { path: string } | { host: string; port: number } {
  return address.startsWith("unix:") ? { path: address.slice("unix:".length) } : parseAddress(address);
}

function userOf({ username, password }: RedisAddress) {
  return { ...(username && { username }), ...(password && { password: password.reveal() }) };
}
