// What the commands of an exec engine may print: JSON for who wants to tell all, plain text for who does not.
import { z } from "zod";
import { StillpointError, type WriteTransaction } from "../../proto/errors.ts";
import { parseJson } from "../../runtime/json.ts";

const transaction = z.object({
  id: z.coerce.string(),
  ageMs: z.number().nonnegative().default(0),
  owner: z.string().default(""),
  description: z.string().default(""),
});

const state = z.object({
  version: z.coerce.string().default(""),
  openWrites: z.array(transaction).optional(),
});

/** One write transaction a line, as a JSON object or as a text that describes it. Oldest first. */
export function parseTransactions(output: string): WriteTransaction[] {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return oldestFirst(lines.map((line, index) => parseLine(line.trim(), String(index + 1))));
}

/** A JSON object `{version, openWrites}`, or a text whose first line is the version. */
export function parseState(output: string): { version: string; openWrites: WriteTransaction[] | undefined } {
  if (!output.trimStart().startsWith("{")) {
    return { version: output.trim().split("\n")[0] ?? "", openWrites: undefined };
  }
  const { data, error } = state.safeParse(parseJson(output));
  if (error) throw new StillpointError("invalid", `the inspect command printed ${z.prettifyError(error)}`);
  return { version: data.version, openWrites: data.openWrites && oldestFirst(data.openWrites) };
}

function parseLine(line: string, id: string): WriteTransaction {
  const { data } = transaction.safeParse(parseJson(line));
  return data ?? { id, ageMs: 0, owner: "", description: line };
}

function oldestFirst(transactions: WriteTransaction[]): WriteTransaction[] {
  return transactions.toSorted((one, other) => other.ageMs - one.ageMs);
}
