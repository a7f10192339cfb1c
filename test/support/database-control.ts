// How a test uses a tiny database that runs as a process: messages over the IPC channel of a forked process.
import { messageOf } from "../../proto/errors.ts";
import type { TinyDatabase } from "./tiny-database.ts";

export interface Question {
  id: number;
  ask: "write" | "begin" | "end" | "countWrites";
  /** begin: owner and description. end: the transaction. */
  args: string[];
}

export type Answer =
  | { say: "ready" }
  | { say: "blocked"; id: number }
  | { say: "done"; id: number; value: unknown }
  | { say: "failed"; id: number; message: string };

/** For the process, when it is ready. It ends together with whoever forked it. */
export function serveControl(database: TinyDatabase): void {
  const say = (answer: Answer) => process.send?.(answer);
  process.once("disconnect", () => process.exit());
  process.on("message", ({ id, ask, args }: Question) => {
    perform(database, ask, args, () => say({ say: "blocked", id })).then(
      (value) => say({ say: "done", id, value }),
      (error: unknown) => say({ say: "failed", id, message: messageOf(error) }),
    );
  });
  say({ say: "ready" });
}

async function perform(
  database: TinyDatabase,
  ask: Question["ask"],
  [first = "", second = ""]: string[],
  onBlocked: () => void,
): Promise<unknown> {
  if (ask === "write") return database.write(onBlocked);
  if (ask === "begin") return database.begin(first, second);
  if (ask === "end") return database.end(first);
  return database.countWrites();
}
