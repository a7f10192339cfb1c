// Shows a run while it goes on, and gives its result. When the person interrupts it, waits until the coordinator has cleared
// up, so that "cancelled" means that nothing is left.
import { setTimeout as pause } from "node:timers/promises";
import { StillpointError } from "../proto/errors.ts";
import type { RunEvent } from "../proto/gen/stillpoint/v1/RunEvent.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";
import { formatMs } from "./format.ts";
import type { Look } from "./output.ts";
import type { Session } from "./session.ts";

const clearedWithinMs = 10_000;
const askEveryMs = 200;

/** @param resultOf the result, if the message has it */
export async function followRun<Message extends { event?: RunEvent | null }, Result>(
  messages: AsyncIterable<Message>,
  resultOf: (message: Message) => Result | null | undefined,
  session: Session,
): Promise<Result> {
  const view = new RunView(session);
  try {
    for await (const message of messages) {
      const result = resultOf(message);
      if (result) return result;
      if (message.event) view.show(message.event);
    }
  } catch (error) {
    if (session.stop.aborted && view.isClaimed) throw await cancelled(session.client);
    throw error;
  } finally {
    session.output.live("");
  }
  throw new StillpointError("internal", "the coordinator ended the call without a result");
}

class RunView {
  readonly #output: Session["output"];
  readonly #progress = new Map<string, string>();
  #beganAt: number | undefined;
  #isClaimed = false;

  constructor({ output }: Session) {
    this.#output = output;
  }

  /** Whether the run has taken the claim, and so will have something to clear up. */
  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  /** Each event is a line; but progress in bytes is one live line for all servers. */
  show(event: RunEvent): void {
    const at = event.at ? event.at.seconds * 1000 + event.at.nanos / 1e6 : 0;
    this.#beganAt ??= at;
    this.#isClaimed ||= event.step === "claimed";
    const sinceBeginMs = at - this.#beganAt;
    const isProgress = event.totalBytes > 0;
    if (isProgress && event.doneBytes < event.totalBytes) this.#progress.set(event.serverId, progressOf(event));
    else this.#progress.delete(event.serverId);
    this.#output.live([...this.#progress.values()].join("   "));
    if (!isProgress) this.#output.say((look) => lineOf(event, sinceBeginMs, look));
  }
}

function progressOf({ step, serverId, doneBytes, totalBytes }: RunEvent): string {
  return `${step} ${serverId} ${Math.floor((100 * doneBytes) / totalBytes)} %`;
}

function lineOf({ step, text, blockers }: RunEvent, ms: number, { paint }: Look): string {
  const sinceBegin = paint("dim", `${(ms / 1000).toFixed(2).padStart(7)} s `);
  const inTheWay = blockers.map(({ id, ageMs, owner, description }) =>
    `            ${id}, open for ${formatMs(ageMs)}, ${owner} ${description}`.trimEnd(),
  );
  return [`${sinceBegin} ${text || step}`, ...inTheWay].join("\n");
}

/** The end of the call has cancelled the run. */
async function cancelled(client: CoordinatorClient): Promise<StillpointError> {
  if (await isCleared(client)) {
    return new StillpointError("cancelled", "the run was cancelled, and the coordinator has cleared up");
  }
  return new StillpointError("cancelled", "the run was cancelled, but the coordinator has not cleared up yet", {
    hint: "stillpoint status shows when the claim is free again",
  });
}

/** Whether the claim that stood when the call ended has gone. It is ours, or came after ours had gone. */
async function isCleared(client: CoordinatorClient): Promise<boolean> {
  const signal = AbortSignal.timeout(clearedWithinMs);
  try {
    const { claim: ours } = await client.getStatus(signal);
    for (let claim = ours; claim !== null && claim.token === ours?.token; ) {
      await pause(askEveryMs, undefined, { signal });
      ({ claim } = await client.getStatus(signal));
    }
    return true;
  } catch {
    return false; // the time is over, or the coordinator has gone: nobody can tell
  }
}
