// What Ctrl-C does to a run. To leave its call would cancel it too, but nobody would hear what became of it: it may have been
// decided just before. So the coordinator is asked to cancel it, and the call goes on until the run itself has told its end.
// Only if that takes too long is the call left; then what the cluster knows of the run is told (run-fate.ts).
import { setTimeout as pause } from "node:timers/promises";
import { aborted } from "../runtime/clock.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";
import { fateOf, statusWithinMs } from "./run-fate.ts";
import type { Session } from "./session.ts";

const endsWithinMs = 10_000;
/** The answer that the run is over, and the end of its call, may come in any order. */
const lastWordMs = 1_000;

/** What a command may need after the first Ctrl-C, in all. */
export const cancelledWithinMs = endsWithinMs + lastWordMs + statusWithinMs + 1_000;

/**
 * The result of the call, also where the cancellation came too late.
 * @param call goes on until its signal aborts
 * @param claimedId the backup of the run; "" as long as it has claimed nothing, and so has nothing to take back
 */
export async function cancellable<Result>(
  call: (left: AbortSignal) => Promise<Result>,
  claimedId: () => string,
  { client, stop, output }: Session,
): Promise<Result> {
  const left = new AbortController();
  const ended = Promise.allSettled([call(left.signal)]);
  await Promise.race([ended, aborted(stop)]);
  const backupId = stop.aborted ? claimedId() : "";
  const isOver = backupId === "" ? !stop.aborted : await endsWhenCancelled(ended, client, backupId);
  left.abort();
  const [end] = await ended;
  if (end.status === "fulfilled") {
    if (stop.aborted) output.say("too late to cancel: it was decided before, and is done");
    return end.value;
  }
  throw isOver || backupId === "" ? end.reason : await fateOf(client, backupId);
}

/** Whether the call has come to its own end. */
async function endsWhenCancelled(ended: Promise<unknown>, client: CoordinatorClient, backupId: string) {
  const cancelled = client.cancelBackup(backupId, AbortSignal.timeout(endsWithinMs));
  const answered = cancelled.then(
    () => {},
    () => {}, // refused, or no answer in time: the end of the call tells more, and if it does not come either, the status
  );
  await Promise.race([ended, answered]);
  return await Promise.race([ended.then(() => true), pause(lastWordMs, false, { ref: false })]);
}
