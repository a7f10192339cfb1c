// Serves stillpoint/v1/engine.proto: what makes a database part of Stillpoint. The agent beside it calls this, on a
// socket that nobody else can open. Everything else of an engine of one's own is in gate.ts.
import { StillpointError } from "../../proto/errors.ts";
import type { EngineHandlers } from "../../proto/gen/stillpoint/v1/Engine.ts";
import type { StopWritesRequest } from "../../proto/gen/stillpoint/v1/StopWritesRequest.ts";
import type { StopWritesResponseInput } from "../../proto/gen/stillpoint/v1/StopWritesResponse.ts";
import { type OnError, serverStream, unary } from "../../proto/serve.ts";
import type { Host } from "./host.ts";

const version = "1.0";
const longestMs = 3_600_000;

export function engineService(host: Host, onError: OnError): EngineHandlers {
  return {
    Inspect: unary(async () => {
      const openWrites = host.isOpen ? host.database.gate.openWrites() : [];
      return { version, open: host.isOpen, openWrites };
    }, onError),

    StopWrites: serverStream((request: StopWritesRequest, { signal }) => stopWrites(host, request, signal), onError),

    ResumeWrites: unary(async ({ lockId }) => {
      const resumed = host.isOpen ? host.database.gate.resume(lockId) : undefined;
      return { unbroken: resumed !== undefined, longestBlockedWriteMs: resumed?.longestBlockedMs ?? 0 };
    }, onError),

    AbortTransactions: unary(async ({ ids }) => {
      const reason = new StillpointError("cancelled", "the transaction was aborted for a backup");
      return { aborted: host.database.gate.abort(ids, reason) };
    }, onError),

    Flush: unary(async () => {
      await host.database.store.flush();
      return {};
    }, onError),

    CloseDatabase: unary(async () => {
      await host.close();
      return {};
    }, onError),

    OpenDatabase: unary(async () => {
      await host.open();
      return {};
    }, onError),
  };
}

/**
 * The gate lets writes go on by itself when the hold is over, and when the signal says that the call has ended: also if
 * the agent was killed, or does not read what it is sent.
 */
async function* stopWrites(
  host: Host,
  { lockId, waitMs, holdMs }: StopWritesRequest,
  signal: AbortSignal,
): AsyncGenerator<StopWritesResponseInput> {
  check(lockId !== "", "lock_id is empty");
  check(waitMs >= 0 && waitMs <= longestMs, `wait_ms "${waitMs}" is not between 0 and "${longestMs}"`);
  check(holdMs > 0 && holdMs <= longestMs, `hold_ms "${holdMs}" is not between 1 and "${longestMs}"`);
  const stop = await host.database.gate.stop({ id: lockId, waitMs, holdMs }, signal);
  if ("blockers" in stop) {
    yield { busy: { blockers: stop.blockers } };
  } else {
    yield { stopped: {} };
    if (await stop.expired) yield { expired: {} };
  }
}

function check(isAllowed: boolean, problem: string): void {
  if (!isAllowed) throw new StillpointError("invalid", problem, { hint: "engine.proto says what is allowed" });
}
