// Calls to etcd that cannot hang and hide nothing. Of the client only single calls are used, because of what it does by
// itself: it retries writes whose answer was lost, opens a circuit breaker, and waits without end.
//
// Each call has a time limit. What failed for a reason that may pass (no connection, no leader, no answer) is sent again
// to the next endpoint until the time is up; the request is told which try it is, because an earlier one may have been
// carried out. The endpoint that answered last is asked first.
import { setTimeout as pause } from "node:timers/promises";
import { noop } from "cockatiel";
import { Etcd3 } from "etcd3";
import { cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import { isPassing, refused, unanswered } from "./etcd-errors.ts";

export interface EtcdConnection {
  /** "host:port", or with "https://" before it. */
  endpoints: string[];
  username?: string;
  password?: string;
  /** `current` may change while calls go on. */
  tls?: { readonly current: EtcdTls };
}

/** PEM. Without `cert` and `key` no client certificate is sent. */
export interface EtcdTls {
  ca: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

export interface Attempt {
  client: Etcd3;
  /** From 1. */
  number: number;
  /** For every request of the attempt. */
  options: { deadline: number };
}

export interface CallOptions {
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** Ends before a person or another time limit loses patience, and outlasts the election of a leader. */
const defaultTimeoutMs = 2500;
const firstPauseMs = 50;
const longestPauseMs = 400;
const mostBytesReceived = 16 * 1024 * 1024;

export class EtcdEndpoints {
  readonly #clients: RenewableClient[];
  readonly #names: string;
  #current = 0;

  constructor(connection: EtcdConnection) {
    const { endpoints } = connection;
    if (endpoints.length === 0) throw new StillpointError("invalid", "the agency needs at least one endpoint of etcd");
    this.#names = endpoints.join(", ");
    this.#clients = endpoints.map((endpoint) => new RenewableClient(endpoint, connection));
  }

  async call<T>(request: (attempt: Attempt) => Promise<T>, options: CallOptions): Promise<T> {
    const { timeoutMs = defaultTimeoutMs, signal } = options;
    const giveUpAt = performance.now() + timeoutMs;
    for (let number = 1, pauseMs = firstPauseMs; ; number++, pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (signal?.aborted) throw cancelledBy(signal);
      const endpoint = this.#current;
      const attemptMs = Math.min(giveUpAt - performance.now(), this.#shareOf(timeoutMs));
      try {
        return await request(attemptAt((this.#clients[endpoint] as RenewableClient).latest(), number, attemptMs));
      } catch (error) {
        if (!isPassing(error)) throw refused(error, this.#names);
        if (performance.now() + pauseMs >= giveUpAt) throw unanswered(error, this.#names);
        this.#leave(endpoint);
      }
      await pause(pauseMs, undefined, { signal }).catch(() => {}); // an abort is seen at the top of the loop
    }
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** Unless another call has left it already. */
  #leave(endpoint: number): void {
    if (this.#current === endpoint) this.#current = (endpoint + 1) % this.#clients.length;
  }

  /** An endpoint that does not answer leaves time for two others. */
  #shareOf(timeoutMs: number): number {
    return timeoutMs / Math.min(this.#clients.length, 3);
  }
}

/** The client of one endpoint; it cannot take over new certificates, so there is a new one for new certificates. */
class RenewableClient {
  readonly #endpoint: string;
  readonly #connection: EtcdConnection;
  #tls: EtcdTls | undefined;
  #client: Etcd3;
  /** Calls still run on it when it is replaced; they have ended when the next one is. */
  #previous: Etcd3 | undefined;

  constructor(endpoint: string, connection: EtcdConnection) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#tls = connection.tls?.current;
    this.#client = clientOf(endpoint, connection, this.#tls);
  }

  latest(): Etcd3 {
    const tls = this.#connection.tls?.current;
    if (tls !== this.#tls) {
      this.#previous?.close();
      this.#previous = this.#client;
      this.#tls = tls;
      this.#client = clientOf(this.#endpoint, this.#connection, tls);
    }
    return this.#client;
  }

  close(): void {
    this.#previous?.close();
    this.#client.close();
  }
}

function attemptAt(client: Etcd3, number: number, timeoutMs: number): Attempt {
  return { client, number, options: { deadline: Date.now() + timeoutMs } };
}

function clientOf(endpoint: string, { username, password }: EtcdConnection, tls: EtcdTls | undefined): Etcd3 {
  return new Etcd3({
    hosts: endpoint,
    faultHandling: { host: () => noop, global: noop },
    defaultCallOptions: () => ({ deadline: Date.now() + defaultTimeoutMs }),
    grpcOptions: {
      "grpc.service_config_disable_resolution": 1, // see channelOptions
      "grpc.max_receive_message_length": mostBytesReceived,
      "grpc.initial_reconnect_backoff_ms": firstPauseMs,
      "grpc.max_reconnect_backoff_ms": longestPauseMs,
    },
    ...(username === undefined ? {} : { auth: { username, password: password ?? "" } }),
    ...(tls === undefined ? {} : { credentials: credentialsOf(tls) }),
  });
}

function credentialsOf({ ca, cert, key }: EtcdTls) {
  return {
    rootCertificate: ca,
    ...(cert === undefined ? {} : { certChain: cert }),
    ...(key === undefined ? {} : { privateKey: key }),
  };
}
