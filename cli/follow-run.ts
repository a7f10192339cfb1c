// Shows a run while it goes on, and gives its result: to the end, also when the person interrupts it (cancel-run.ts).
import { hasReason, StillpointError } from "../proto/errors.ts";
import type { RunEvent } from "../proto/gen/stillpoint/v1/RunEvent.ts";
import { cancellable } from "./cancel-run.ts";
import { formatMs } from "./format.ts";
import type { Look } from "./output.ts";
import type { Session } from "./session.ts";

/**
 * @param open makes the call, which goes on until its signal aborts
 * @param resultOf the result, if the message has it
 */
export async function followRun<Message extends { event?: RunEvent | null }, Result>(
  open: (left: AbortSignal) => AsyncIterable<Message>,
  resultOf: (message: Message) => Result | null | undefined,
  session: Session,
): Promise<Result> {
  const view = new RunView(session);
  const follow = async (left: AbortSignal) => {
    for await (const message of open(left)) {
      const result = resultOf(message);
      if (result) return result;
      if (message.event) view.show(message.event);
    }
    throw new StillpointError("internal", "the coordinator ended the call without a result");
  };
  try {
    return await cancellable(follow, () => view.claimedId, session);
  } catch (error) {
    throw hasReason(error, "cancelled") && view.somethingIsLeft ? notAllGone(error) : error;
  } finally {
    session.output.live("");
  }
}

function notAllGone(cause: StillpointError): StillpointError {
  const hint =
    "not all of it could be taken back yet: any coordinator goes on when all agents answer (stillpoint status)";
  return new StillpointError("cancelled", cause.message, { hint, cause });
}

/** Steps that tell that something could not be taken back. */
const failedToTakeBack = new Set(["abort-failed", "undo-failed", "settle-failed"]);

class RunView {
  readonly #output: Session["output"];
  readonly #progress = new Map<string, string>();
  #beganAt: number | undefined;
  #claimedId = "";
  #somethingIsLeft = false;

  constructor({ output }: Session) {
    this.#output = output;
  }

  /** The backup of the run; "" until it has taken the claim. */
  get claimedId(): string {
    return this.#claimedId;
  }

  /** Whether a step failed that would have taken something back. */
  get somethingIsLeft(): boolean {
    return this.#somethingIsLeft;
  }

  /** Each event is a line; but progress in bytes is one live line for all servers. */
  show(event: RunEvent): void {
    const at = event.at ? event.at.seconds * 1000 + event.at.nanos / 1e6 : 0;
    this.#beganAt ??= at;
    if (event.step === "claimed") this.#claimedId = event.backupId;
    this.#somethingIsLeft ||= failedToTakeBack.has(event.step);
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
