// Runs a program to its end, without blocking the test's process; what it printed is in the error if it fails.
import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { promisify } from "node:util";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** @returns stdout */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env = process.env } = options;
  const limits = { maxBuffer: 64 * 1024 * 1024 };
  return await promisify(execFile)(program, args, { cwd, env, ...limits }).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${program} ${args.join(" ")}: ${error.stdout ?? ""}${error.stderr || error.message}`);
    },
  );
}

export function works(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}

/** Where the PATH has a program; links are followed. */
export async function programFile(name: string): Promise<string> {
  return await realpath((await run("sh", ["-c", `command -v ${name}`])).trim());
}
