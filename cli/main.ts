// The command `stillpoint`: reads the arguments, runs one command, turns whatever happens into text and an exit code.

import { Output } from "./output.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/** Whoever reads our output may stop before its end, as `head` does. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const programArguments = process.argv.slice(2);
try {
  await createProgram().parseAsync(programArguments, { from: "user" });
} catch (error) {
  process.exitCode = reportError(error, new Output(programArguments.includes("--json")));
}
