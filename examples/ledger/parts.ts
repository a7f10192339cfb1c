// What both sides of a transaction work with.
import type { Log } from "../../runtime/log.ts";
import type { Gate } from "./gate.ts";
import type { Peers } from "./peers.ts";
import type { Store } from "./store.ts";

export interface Parts {
  store: Store;
  gate: Gate;
  peers: Pick<Peers, "prepare" | "decide" | "outcome">;
  /** Aborts when the database is being closed. */
  closing: AbortSignal;
  log: Log;
}
