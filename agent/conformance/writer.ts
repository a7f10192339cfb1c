// A client that writes, one write after the other, while something else goes on.
import { setTimeout as pause } from "node:timers/promises";
import { Attempt } from "./attempt.ts";
import type { WriteProbe } from "./probe.ts";

const tryAgainMs = 20;
/** So that it does not keep the processor to itself. */
const betweenWritesMs = 1;

/** Waits for the last write in the end, so that nothing goes on then. */
export async function whileWriting<Result>(
  probe: WriteProbe,
  work: () => Promise<Result>,
): Promise<{ result: Result; acknowledged: number }> {
  let [goesOn, acknowledged] = [true, 0];
  const write = async () => {
    while (goesOn) {
      const attempt = new Attempt(probe);
      await attempt.ended;
      const isDone = attempt.outcome === "acknowledged";
      if (isDone) acknowledged += 1;
      await pause(isDone ? betweenWritesMs : tryAgainMs);
    }
  };
  const writing = write();
  let result: Result;
  try {
    result = await work();
  } finally {
    goesOn = false;
    await writing;
  }
  return { result, acknowledged };
}
