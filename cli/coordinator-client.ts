// The coordinator as commands see it: its calls, as async functions that fail with a StillpointError.
import { type Client, connectivityState } from "@grpc/grpc-js";
import { type CallLimits, callStream, callUnary, cancelledBy } from "../proto/call.ts";
import { Coordinator } from "../proto/coordinator-contract.ts";
import { StillpointError } from "../proto/errors.ts";
import type { CreateBackupRequestInput } from "../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { PlanEntryInput } from "../proto/gen/stillpoint/v1/PlanEntry.ts";
import type { RestoreBackupRequestInput } from "../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";
import { channelOptions } from "../proto/load.ts";
import { type ChannelSecurity, channelTo, isInTheOpen } from "../runtime/channel.ts";

/** How long a coordinator may take to accept a connection. */
const connectWithinMs = 1_500;
/** Each of these asks all agents, some of which may be gone. */
const answerWithinMs = 60_000;
/** Removing files, or clearing up after a run that is cancelled. */
const clearWithinMs = 15 * 60_000;
/** Runs end by their own limits; the pings below tell when the coordinator is gone. */
const runWithinMs = 7 * 24 * 3_600_000;

const keptAlive = { ...channelOptions, "grpc.keepalive_time_ms": 10_000, "grpc.keepalive_timeout_ms": 5_000 };
const { service } = Coordinator;

/** The first of them that answers. @throws StillpointError unreachable, or invalid before anybody is called */
export async function connect(
  addresses: readonly string[],
  security: ChannelSecurity,
  signal: AbortSignal,
): Promise<CoordinatorClient> {
  const inTheOpen = addresses.find((address) => isInTheOpen(address, security));
  if (inTheOpen !== undefined) throw plainText(inTheOpen);
  const clients = addresses.map((address) => new CoordinatorClient(address, signal, security));
  const attempts = clients.map((client) => client.ready());
  const first = await Promise.any(attempts).catch(() => undefined);
  for (const client of clients) if (client !== first) client[Symbol.dispose]();
  await Promise.allSettled(attempts);
  if (first !== undefined) return first;
  if (signal.aborted) throw cancelledBy(signal);
  throw new StillpointError("unreachable", `no coordinator answers at ${addresses.join(", ")}`, {
    hint: `start one (stillpoint coordinator --config FILE), say where it is (--coordinator HOST:PORT), or ${
      security.tls === undefined
        ? "show it a certificate (--tls DIRECTORY)"
        : "see that both sides' certificates are of one CA"
    }`,
  });
}

function plainText(address: string): StillpointError {
  return new StillpointError("invalid", `plain text must not go to the coordinator at "${address}"`, {
    hint: "show a certificate (--tls DIRECTORY), or say --insecure to go without",
  });
}

export class CoordinatorClient implements Disposable {
  readonly #client: Client;
  readonly #peer: string;
  readonly #signal: AbortSignal;

  /** @param signal ends all calls but those that are given one of their own */
  constructor(address: string, signal: AbortSignal, security: ChannelSecurity = {}) {
    const { credentials, options } = channelTo(address, security);
    this.#client = new Coordinator(address, credentials, { ...keptAlive, ...options });
    this.#peer = `coordinator at ${address}`;
    this.#signal = signal;
  }

  /** Resolves with this client when it is connected; rejects as soon as that has failed. */
  async ready(): Promise<this> {
    const channel = this.#client.getChannel();
    const deadline = Date.now() + connectWithinMs;
    const close = () => channel.close();
    this.#signal.addEventListener("abort", close, { once: true });
    try {
      for (let state = channel.getConnectivityState(true); state !== connectivityState.READY; ) {
        if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN)
          throw new Error(this.#peer);
        await changeOf(channel, state, deadline);
        state = channel.getConnectivityState(true);
      }
      return this;
    } finally {
      this.#signal.removeEventListener("abort", close);
    }
  }

  createBackup(request: CreateBackupRequestInput, signal = this.#signal) {
    return callStream(this.#client, service.CreateBackup, request, this.#limits(runWithinMs, signal));
  }

  restoreBackup(request: RestoreBackupRequestInput, signal = this.#signal) {
    return callStream(this.#client, service.RestoreBackup, request, this.#limits(runWithinMs, signal));
  }

  verifyBackup(id: string, signal = this.#signal) {
    return callStream(this.#client, service.VerifyBackup, { id }, this.#limits(runWithinMs, signal));
  }

  listBackups() {
    return callUnary(this.#client, service.ListBackups, {}, this.#limits(answerWithinMs));
  }

  async getBackup(id: string, signal = this.#signal) {
    const { backup } = await callUnary(this.#client, service.GetBackup, { id }, this.#limits(answerWithinMs, signal));
    if (backup === null) throw new StillpointError("internal", `${this.#peer}: the answer has no backup in it`);
    return backup;
  }

  deleteBackup(id: string) {
    return callUnary(this.#client, service.DeleteBackup, { id }, this.#limits(clearWithinMs));
  }

  cancelBackup(id: string, signal = this.#signal) {
    return callUnary(this.#client, service.CancelBackup, { id }, this.#limits(clearWithinMs, signal));
  }

  getStatus(signal = this.#signal) {
    return callUnary(this.#client, service.GetStatus, {}, this.#limits(answerWithinMs, signal));
  }

  getPlan() {
    return callUnary(this.#client, service.GetPlan, {}, this.#limits(answerWithinMs));
  }

  applyPlan(entries: PlanEntryInput[]) {
    return callUnary(this.#client, service.ApplyPlan, { entries }, this.#limits(answerWithinMs));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #limits(timeoutMs: number, signal = this.#signal): CallLimits {
    return { timeoutMs, signal, peer: this.#peer };
  }
}

type Channel = ReturnType<Client["getChannel"]>;

function changeOf(channel: Channel, from: connectivityState, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.watchConnectivityState(from, deadline, (error) => (error === undefined ? resolve() : reject(error)));
  });
}
