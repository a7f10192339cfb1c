// What is wrong with a database's own files, for a person.
import { StillpointError } from "../../proto/errors.ts";

const hint =
  "take the backup again; if that does not help, the database itself is damaged or needs files that are excluded";

export function damaged(file: string, what: string): StillpointError {
  return new StillpointError("corrupt", `"${file}" is damaged: ${what}`, { hint });
}

/** @param what file or table, said so that a person can find it */
export function missing(what: string): StillpointError {
  return new StillpointError("corrupt", `${what} is missing`, { hint });
}
