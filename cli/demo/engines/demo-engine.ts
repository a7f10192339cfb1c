// What the demo needs to know of a kind of database server: how one is started, written to, and proved. All of them keep
// accounts, and clients move money between random accounts of random servers.
import type { DemoProcess } from "../demo-process.ts";

export interface DemoEngine {
  /** @throws StillpointError not-found, if a program is not installed; its hint says which package has it */
  mustBeInstalled(): Promise<void>;

  /** Begins to start a server. */
  start(place: ServerPlace, start: StartProcess): Promise<StartedServer>;

  /** All servers and their agents run: makes the servers ready for clients. */
  introduce(servers: readonly DemoServer[], signal: AbortSignal): Promise<void>;

  /** Clients that write, until they are stopped. */
  startLoad(servers: readonly DemoServer[], clients: number): Promise<DemoLoad>;

  /** Something that makes a backup harder, just before it begins. */
  makeTrouble(server: DemoServer, signal: AbortSignal): Trouble;

  /** Servers that nobody writes to, or copies of the data of pieces. `scratch` is an empty directory. */
  check(sources: readonly Source[], scratch: string): Promise<Check>;

  /** What a check without problems proves, in one sentence. */
  proved(check: Check): string;

  /** A command that writes to the servers for some seconds. */
  loadCommand(servers: readonly DemoServer[]): string;
}

export type StartProcess = (name: string, command: string[]) => DemoProcess;

export interface ServerPlace {
  id: string;
  /** A directory of its own. */
  home: string;
  /** Is there, and empty. */
  dataDir: string;
  /** The server shall say that it has stopped writes, and not do it; only asked of those that can. */
  lie: boolean;
}

export interface StartedServer {
  /** Of the agent's configuration: `engine`, and `files` if it needs them. */
  config: object;
  /** For its clients, as soon as it listens: host:port. */
  address(signal: AbortSignal): Promise<string>;
}

export interface DemoServer {
  id: string;
  /** host:port for its clients. */
  address: string;
  /** host:port */
  agent: string;
  dataDir: string;
}

export interface Trouble {
  /** Goes on after "on db2 ". */
  what: string;
  /** Resolves when it is over; one that does not end by itself ends then. */
  end(): Promise<unknown>;
}

export interface DemoLoad {
  /** So far. */
  report(): LoadReport;
  /** Begins no more transfers, waits for those under way. Repeatable. */
  stop(): Promise<LoadReport>;
}

/** Times in milliseconds, as a client saw them. */
export interface LoadReport {
  /** Transfers that were acknowledged. */
  transfers: number;
  transfersPerSecond: number;
  /** Transfers that were given up: they may have been done all the same. */
  failed: number;
  /** Why the last one was given up; empty if none was. */
  lastFailure: string;
  longestMs: number;
  p50Ms: number;
}

/** Where a server serves, or its data. */
export type Source = { address: string } | { dataDir: string };

export interface Check {
  transfers: number;
  /** Of those that one server knows although another, that would have to, does not. */
  onOneSideOnly: string[];
  /** Of those that are in the order of things with one server only: their second half was still to come. */
  onTheWay: number;
  /** Sum of all balances, and of what is on the way. */
  total: number;
  expectedTotal: number;
}
