// Commands are run without a shell, bounded in time and output, and killed with all that they started.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { commandFailed, runCommand } from "../../agent/engines/run-command.ts";

const timeoutMs = 10_000;

test("exit code and output are what the command gave", async () => {
  const result = await runCommand(["sh", "-c", "echo out; echo err >&2; exit 3"], { timeoutMs });
  expect(result).toEqual({ ended: 3, stdout: "out\n", stderr: "err\n" });
});

test("arguments are not looked at by a shell", async () => {
  const { stdout } = await runCommand(["echo", "$HOME; *", "two  words"], { timeoutMs });
  expect(stdout).toBe("$HOME; * two  words\n");
});

test.each([
  ["is not there", ["/no/such/program"], "ENOENT"],
  ["may not be run", ["/etc/passwd"], "EACCES"],
  ["has no name", [""], "empty"],
  ["is empty", [], "empty"],
  ["has a null byte", ["a\0b"], "null bytes"],
])("a command that %s was not started", async (_, command, why) => {
  const result = await runCommand(command, { timeoutMs });
  expect(result).toMatchObject({ ended: "was not started", stderr: expect.stringContaining(why) });
});

test("the first 64 KiB of output are kept, and the rest does not block the command", async () => {
  const { ended, stdout } = await runCommand(["head", "-c", "1000000", "/dev/zero"], { timeoutMs });
  expect([ended, stdout.length]).toEqual([0, 65_536]);
});

test("when the time is up the whole process group is killed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "stillpoint-command-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const script = 'cd "$0"; sleep 1000 & echo $! > pid; wait';
  const result = await runCommand(["sh", "-c", script, dir], { timeoutMs: 300 });
  expect(result.ended).toBe("timed out");
  const child = readFileSync(join(dir, "pid"), "utf8").trim();
  await vi.waitUntil(() => !isAlive(child));
});

test("the signal kills the command; one that has aborted before does not start it", async () => {
  const { ended } = await runCommand(["sleep", "1000"], { timeoutMs, signal: AbortSignal.timeout(50) });
  expect(ended).toBe("cancelled");
  const onStart = vi.fn();
  await runCommand(["sleep", "1000"], { timeoutMs, signal: AbortSignal.abort(), onStart });
  expect(onStart).not.toHaveBeenCalled();
});

test("what a command that fails leaves in the background is killed", async () => {
  const { ended, stdout } = await runCommand(["sh", "-c", "sleep 1000 & echo $!; exit 1"], { timeoutMs });
  expect(ended).toBe(1);
  await vi.waitUntil(() => !isAlive(stdout.trim()));
});

test("what a command that succeeds leaves in the background is neither killed nor waited for", async () => {
  const { ended, stdout } = await runCommand(["sh", "-c", "sleep 1000 & echo $!"], { timeoutMs });
  expect(ended).toBe(0);
  expect(process.kill(Number(stdout), "SIGKILL")).toBe(true);
});

test("the error names the program without its arguments, which may be secret, how it ended and the first lines that it said", () => {
  const error = (ended: 7 | "timed out" | "was killed by SIGSEGV", stderr: string) =>
    commandFailed(["pause-writes", "--now"], { ended, stdout: "", stderr }).message;
  expect(error(7, "no\nway\n")).toBe('command "pause-writes …" exited with code 7: no; way');
  expect(error("timed out", "")).toBe('command "pause-writes …" timed out');
  expect(error("was killed by SIGSEGV", "1\n2\n3\n4")).toBe('command "pause-writes …" was killed by SIGSEGV: 1; 2; 3');
});

/** A zombie that nobody has waited for yet is not. */
function isAlive(processId: string): boolean {
  const path = `/proc/${processId}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "utf8"));
}
