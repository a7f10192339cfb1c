// One connection to a MariaDB server on this machine. Whatever goes wrong is an error in time, it never connects anew by
// itself, and that it is gone is known at once: the server frees what a connection holds when the connection ends.
import { connect, type Socket } from "node:net";
import type { Connection, SqlError } from "mariadb";
import { messageOf, StillpointError } from "../../../proto/errors.ts";
import { parseAddress } from "../../../runtime/address.ts";
import type { Secret } from "../../../runtime/secret.ts";

export interface MariadbAddress {
  /** "unix:/path", or "host:port" of this machine: the connection is not encrypted. */
  address: string;
  username: string;
  password?: Secret | undefined;
}

/** Rows of text and numbers, by the names of the columns. */
export type Row = Record<string, string | number | null>;

/** What the server calls its own errors. */
export const serverErrors = {
  lockWaitTimeout: 1205,
  unknownTable: 1109,
  noSuchThread: 1094,
  backupNotRunning: 4146,
} as const;

const notAllowed = new Set([1044, 1045, 1142, 1227, 1370, 1698]);

export class Session {
  /** The server's name for this connection. */
  readonly id: number;
  /** For messages. */
  readonly peer: string;
  readonly #connection: Connection;
  /** Ours: the driver's own destroy() has a second connection kill the first, and throws where nobody can catch it. */
  readonly #socket: Socket;
  readonly #ended = new AbortController();
  /** Rejects with the end: the driver leaves what it was asked unanswered in some cases. */
  readonly #end = Promise.withResolvers<never>();

  private constructor(connection: Connection, socket: Socket, peer: string) {
    this.#connection = connection;
    this.#socket = socket;
    this.id = Number(connection.threadId);
    this.peer = peer;
    const end = () => this.#ended.abort();
    this.#end.promise.catch(() => {});
    this.ended.addEventListener("abort", () => this.#end.reject(new Error("the connection has ended")), { once: true });
    connection.on("error", end);
    connection.on("end", end);
  }

  /** @throws StillpointError unreachable; invalid, if the server does not let this user in */
  static async open(options: MariadbAddress, timeoutMs: number): Promise<Session> {
    const { createConnection } = await import("mariadb"); // here, so that agents of other engines do without
    const { username: user, password } = options;
    const peer = `MariaDB server at ${options.address}`;
    const secret = password === undefined ? {} : { password: password.reveal() };
    const socket = connect(placeOf(options.address));
    const how = { stream: () => socket, connectTimeout: timeoutMs, bigIntAsNumber: true };
    const connecting = createConnection({ user, ...secret, ...how });
    return new Session(await within(timeoutMs, connecting, peer, () => socket.destroy()), socket, peer);
  }

  /** Aborts when the connection has ended, whoever ended it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** After an error of the transport, or when the time is over, the connection is gone. @throws StillpointError */
  async ask(sql: string, timeoutMs: number, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = Promise.race([this.#connection.query<Row[]>(sql, values), this.#end.promise]);
    return await within(timeoutMs, answer, this.peer, () => this.destroy());
  }

  /** Ends it in good manners, so that the server has freed all when this resolves; without them if that takes longer. */
  async close(timeoutMs: number): Promise<void> {
    if (this.ended.aborted) return;
    await within(timeoutMs, this.#connection.end(), this.peer, () => {}).catch(() => this.destroy());
    this.#ended.abort();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#ended.abort();
  }
}

/** The driver's own limits do not end everything that may hang. */
async function within<Value>(
  timeoutMs: number,
  work: Promise<Value>,
  peer: string,
  tooLate: () => void,
): Promise<Value> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    limit.reject(new Error(`no answer within ${timeoutMs} ms`));
    tooLate();
  }, timeoutMs);
  try {
    return await Promise.race([work, limit.promise]);
  } catch (error) {
    throw translated(error, peer);
  } finally {
    clearTimeout(timer);
  }
}

/** The server's own number of what it refused; undefined for all else. */
export function serverErrorOf(error: unknown): number | undefined {
  const cause = error instanceof StillpointError ? (error.cause as Partial<SqlError> | undefined) : undefined;
  return cause?.sqlState?.startsWith("08") ? undefined : (cause?.errno ?? undefined);
}

function placeOf(address: string) {
  return address.startsWith("unix:") ? { path: address.slice("unix:".length) } : parseAddress(address);
}

/** The driver's messages have the whole statement in them, and tell connection numbers that mean nothing to a person. */
function translated(error: unknown, peer: string): StillpointError {
  const { errno, sqlMessage } = error as Partial<SqlError>;
  const what = `${peer}: ${sqlMessage || messageOf(error)}`;
  if (errno === undefined || !notAllowed.has(errno)) return new StillpointError("unreachable", what, { cause: error });
  const hint =
    "the user's name and password, or its rights, are not what the agent needs: docs/ENGINES.md has the GRANT";
  return new StillpointError("invalid", what, { hint, cause: error });
}
