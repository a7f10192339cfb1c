// A child process that answers by messages, and ends when nobody listens to it any more.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** @throws if it dies first; `why` tells what it has left behind */
export async function nextMessage<Message>(
  child: ChildProcess,
  why: () => string = () => "see above",
): Promise<Message> {
  const over = new AbortController();
  const { signal } = over;
  const died = once(child, "exit", { signal }).then(() => {
    throw new Error(`a process of the benchmark died: ${why()}`);
  });
  try {
    const [message] = await Promise.race([once(child, "message", { signal }), died]);
    return message;
  } finally {
    over.abort();
  }
}

/** Fine if it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.disconnect();
  await exited;
}
