// Runs `stillpoint` as people do: the real binary, in a process of its own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const binary = fileURLToPath(new URL("../../cli/stillpoint.js", import.meta.url));

export interface CliResult {
  stdout: string;
  stderr: string;
  code: number | null;
}

export interface RunningCli {
  process: ChildProcess;
  /** What it has written so far. */
  output: { stdout: string; stderr: string };
  /** Resolves when stderr has the text. */
  says(text: string): Promise<void>;
  ended: Promise<CliResult>;
}

interface CliOptions {
  /** Node's path. */
  node?: string;
  /** The script; a link to it, for instance. */
  script?: string;
  cwd?: string;
  env?: Record<string, string>;
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** Killed at the end of the test at the latest. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { node = process.execPath, script = binary, cwd = tmpdir(), env = {} } = options;
  const child = spawn(node, [script, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const ended = once(child, "close").then(([code]) => ({ ...output, code: code as number | null }));
  const says = async (text: string) => {
    while (!output.stderr.includes(text)) {
      const more = await Promise.race([once(child.stderr, "data"), ended.then(() => undefined)]);
      if (more === undefined) throw new Error(`stillpoint ended without saying "${text}":\n${output.stderr}`);
    }
  };
  return { process: child, output, says, ended };
}

/** Whether this machine has script(1), which gives a program a terminal. */
export function hasTerminals(): boolean {
  return spawnSync("script", ["--version"]).status === 0;
}

/** Runs it on a terminal; gives the answer once, when the question stands there. */
export async function runOnTerminal(
  args: readonly string[],
  coordinator: string,
  dialogue = { question: "", answer: "" },
) {
  const command = [process.execPath, binary, ...args, "--coordinator", coordinator]
    .map((word) => `'${word}'`)
    .join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  let { answer } = dialogue;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (answer === "" || !output.includes(dialogue.question)) return;
    child.stdin.write(answer);
    answer = "";
  });
  const [code] = await once(child, "close");
  return { output, code: code as number | null };
}

/** A Node on this machine that is older than 24, if it has one. */
export function olderNode(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return folders.map((folder) => `${folder}/node`).find((node) => versionOf(node) < 24);
}

function versionOf(node: string): number {
  try {
    return Number(execFileSync(node, ["-p", "parseInt(process.versions.node)"], { encoding: "utf8" }));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
