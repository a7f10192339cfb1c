// The engine "exec", on a database process that is stopped by shell commands, and on commands that go wrong.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Engine } from "../../agent/engines/engine.ts";
import { type ExecOptions, execEngine } from "../../agent/engines/exec.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { StopOrder } from "../support/agent-process.ts";
import { execCommands } from "../support/exec-commands.ts";
import { type ServerOptions, startServer } from "../support/server-under-test.ts";
import { aborted } from "../support/tiny-database.ts";
import { engineContract } from "./engine.ts";

const abilities = {
  version: /^1\.0$/,
  hasOpenTransactions: true,
  filesLagBehind: true,
  listsOpenWrites: true,
  flushes: false,
  abortsTransactions: false,
  namesOtherHolders: false,
  noticesCrashes: false,
  measuresBlockedWrites: false,
  hasServerProcess: true,
};

const options: ServerOptions = {
  program: "exec-database.ts",
  args: () => [],
  engine: (dir) => execEngine(execCommands(dir)),
  order: (dir) => ({ exec: execCommands(dir) }),
};

engineContract("the exec engine", abilities, () => startServer(options));

const noSignal = new AbortController().signal;
const request = { lockId: "lock-1", waitMs: 0, holdMs: 60_000 };

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stillpoint-exec-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A command that runs in the test's directory and notes that it was run. */
function shell(name: string, script = "true"): string[] {
  return ["sh", "-c", `cd "$0" && echo ${name} >> log; ${script}`, dir];
}

/** An engine whose stop and resume just note that they were run; stop notes the watchdog's process id too. */
function engineWith(commands: Partial<ExecOptions> = {}): Engine {
  const stop = shell("stop", "echo $PPID > watchdog");
  const engine = execEngine({
    stop,
    resume: shell("resume"),
    retryPausesMs: [5, 10, 15, 20],
    repeatEveryMs: 60_000,
    ...commands,
  });
  onTestFinished(() => engine.close());
  return engine;
}

/** The commands that were run, in order. */
function log(): string[] {
  const path = join(dir, "log");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

function file(name: string): string {
  return readFileSync(join(dir, name), "utf8").trim();
}

function signalWatchdog(name: NodeJS.Signals): void {
  process.kill(Number(file("watchdog")), name);
}

async function refusal(call: Promise<unknown>): Promise<StillpointError> {
  const error = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StillpointError);
  return error as StillpointError;
}

async function becomes(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, { timeout: 10_000, interval: 10 });
}

describe("a stop command", () => {
  test("that exits with 75 is lock-busy, each line of text is a blocker, and resume is not run", async () => {
    const engine = engineWith({ stop: shell("stop", "echo one; echo; echo 'two two'; exit 75") });
    const error = await refusal(engine.stopWrites(request, noSignal));
    expect(error.reason).toBe("lock-busy");
    expect(error.blockers).toEqual([
      { id: "1", ageMs: 0, owner: "", description: "one" },
      { id: "2", ageMs: 0, owner: "", description: "two two" },
    ]);
    expect(log()).toEqual(["stop"]);
  });

  test("that exits with 75 and prints JSON names its blockers, oldest first", async () => {
    const young = '{"id": 7, "ageMs": 5, "owner": "bob", "description": "young"}';
    const old = '{"id": "8", "ageMs": 900}';
    const engine = engineWith({ stop: shell("stop", `echo '${young}'; echo '${old}'; exit 75`) });
    const { blockers } = await refusal(engine.stopWrites(request, noSignal));
    expect(blockers).toEqual([
      { id: "8", ageMs: 900, owner: "", description: "" },
      { id: "7", ageMs: 5, owner: "bob", description: "young" },
    ]);
  });

  test("that exits with 75 and prints garbage is lock-busy all the same", async () => {
    const engine = engineWith({ stop: shell("stop", "head -c 200000 /dev/urandom; exit 75") });
    const error = await refusal(engine.stopWrites(request, noSignal));
    expect(error.reason).toBe("lock-busy");
    expect(error.blockers.length).toBeGreaterThan(0);
  });

  test("that fails is an error with its code and what it said, and resume is run", async () => {
    const engine = engineWith({ stop: shell("stop", "echo 'access denied' >&2; exit 3") });
    const error = await refusal(engine.stopWrites(request, noSignal));
    expect(error.reason).toBe("unreachable");
    expect(error.message).toMatch(/^command "sh …" exited with code 3: access denied$/);
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that is not found is an error that names it, and there is nothing to resume", async () => {
    const engine = engineWith({ stop: ["/no/such/program", "now"] });
    const error = await refusal(engine.stopWrites(request, noSignal));
    expect(error.reason).toBe("unreachable");
    expect(error.message).toContain('command "/no/such/program …" was not started');
    expect(log()).toEqual([]);
  });

  test("that hangs is killed with all that it started, resume is run, and it is lock-busy: the command is in the way", async () => {
    const engine = engineWith({ stop: shell("stop", "sleep 1000 & echo $! > sleeper; sleep 1000") });
    const error = await refusal(engine.stopWrites(request, noSignal));
    expect(error.reason).toBe("lock-busy");
    expect(error.message).toContain("timed out");
    expect(error.blockers).toMatchObject([
      { ageMs: 1_000, description: "the stop command did not end within 1000 ms" },
    ]);
    expect(isAlive(file("sleeper"))).toBe(false);
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that would be successful only after wait and hold are over is killed before, and resume is run", async () => {
    const engine = engineWith({ stop: shell("stop", "sleep 0.9; echo late >> log") });
    const error = await refusal(engine.stopWrites({ lockId: "lock-1", waitMs: 50, holdMs: 150 }, noSignal));
    expect(error.reason).toBe("lock-busy");
    expect(error.blockers).toMatchObject([{ ageMs: 200, description: "the stop command did not end within 200 ms" }]);
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that fails, and whose resume fails too, leaves writes that may still be stopped", async () => {
    const engine = engineWith({ stop: shell("stop", "exit 3"), resume: shell("resume", "exit 1") });
    expect(await refusal(engine.stopWrites(request, noSignal))).toMatchObject({
      message: expect.stringContaining("exited with code 3"),
    });
    expect(engine.stillStopped).toContain("exited with code 1");
  });

  test("may leave a process that holds the lock in the background", async () => {
    const engine = engineWith({ stop: shell("stop", "sleep 1000 & echo $! > holder") });
    const stopped = await engine.stopWrites(request, noSignal);
    process.kill(Number(file("holder")), "SIGKILL");
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
  });

  test("gets the lock's id and limits, PATH and HOME, and nothing else of the agent's environment", async () => {
    vi.stubEnv("STILLPOINT_SECRET", "of the agent");
    onTestFinished(() => void vi.unstubAllEnvs());
    const engine = engineWith({ stop: shell("stop", "env > environment") });
    await (await engine.stopWrites({ lockId: "lock-7", waitMs: 250, holdMs: 9_000 }, noSignal)).resume();
    const names = file("environment").split("\n");
    expect(names).toEqual(
      expect.arrayContaining(["STILLPOINT_LOCK_ID=lock-7", "STILLPOINT_WAIT_MS=250", "STILLPOINT_HOLD_MS=9000"]),
    );
    const others = names.filter(
      (each) => !/^(STILLPOINT_(LOCK_ID|WAIT_MS|HOLD_MS)|PATH|HOME|PWD|OLDPWD|SHLVL|_)=/.test(each),
    );
    expect(others).toEqual([]);
  });
});

describe("a resume command", () => {
  test("that fails twice and then works lets writes go, but confirms nothing", async () => {
    const resume = shell("resume", '[ "$(grep -c resume log)" -gt 2 ]');
    const engine = engineWith({ resume });
    const stopped = await engine.stopWrites(request, noSignal);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
    expect(log()).toEqual(["stop", "resume", "resume", "resume"]);
  });

  test("that fails five times is told of by the loss, by the engine and its health, and no writes are stopped", async () => {
    const engine = engineWith({
      inspect: shell("inspect", "echo 1.0"),
      resume: shell("resume", "echo 'no server' >&2; exit 1"),
    });
    const stopped = await engine.stopWrites(request, noSignal);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason.message).toContain("exited with code 1: no server");
    expect(log()).toEqual(["stop", ...Array(5).fill("resume")]);
    const problem =
      'writes may still be stopped: command "sh …" exited with code 1: no server; it is run again every 60000 ms, or run it by hand with STILLPOINT_LOCK_ID="lock-1"';
    expect(engine.stillStopped).toBe(problem);
    expect(await engine.inspect(noSignal)).toMatchObject({ healthy: false, problem, version: "1.0" });
    const error = await refusal(engine.stopWrites({ ...request, lockId: "lock-2" }, noSignal));
    expect(error).toMatchObject({ reason: "unreachable", message: problem });
  });

  test("that fails is told of while it is tried again", async () => {
    const resume = shell(
      "resume",
      '[ "$(grep -c resume log)" -gt 1 ] || exit 1; while [ ! -e mended ]; do sleep 0.01; done',
    );
    const engine = engineWith({ resume });
    const stopped = await engine.stopWrites(request, noSignal);
    const resuming = stopped.resume();
    await becomes(() => engine.stillStopped !== undefined);
    writeFileSync(join(dir, "mended"), "");
    await resuming;
    expect(engine.stillStopped).toBeUndefined();
  });

  test.each([0, 75])(
    "that has failed is run again by the agent until it ends with %i, and then all is well",
    async (code) => {
      const resume = shell("resume", `[ -e mended ] && exit ${code}; exit 1`);
      const engine = engineWith({ resume, repeatEveryMs: 20 });
      const stopped = await engine.stopWrites(request, noSignal);
      await stopped.resume();
      const tries = log().length;
      await becomes(() => log().length > tries + 2);
      writeFileSync(join(dir, "mended"), "");
      await becomes(() => engine.stillStopped === undefined);
      expect(await engine.inspect(noSignal)).toMatchObject({ healthy: true, problem: "" });
      const next = await engine.stopWrites({ ...request, lockId: "lock-2" }, noSignal);
      expect(await next.resume()).toMatchObject({ unbroken: code === 0 });
    },
  );

  test("that has failed is not run any more when the engine has been closed", async () => {
    const engine = engineWith({ resume: shell("resume", "exit 1"), repeatEveryMs: 20 });
    await (await engine.stopWrites(request, noSignal)).resume();
    await engine.close();
    const tries = log().length;
    await pause(100);
    expect(log()).toHaveLength(tries);
  });

  test("that never works when the watchdog is dead is told of by the engine", async () => {
    const engine = engineWith({ resume: shell("resume", "exit 1") });
    const stopped = await engine.stopWrites(request, noSignal);
    signalWatchdog("SIGKILL");
    await stopped.resume();
    expect(engine.stillStopped).toContain("exited with code 1");
  });

  test("that never works is said on stderr, also when the agent is dead", async () => {
    const exec = { stop: shell("stop"), resume: shell("resume", "exit 1"), retryPausesMs: [5, 10] };
    const order: StopOrder = { exec, request };
    const program = new URL("../support/agent-process.ts", import.meta.url);
    const agent = fork(program, [JSON.stringify(order)], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    await once(agent, "message");
    agent.kill("SIGKILL");
    const said = await text(agent.stderr as Readable); // ends when the watchdog has ended
    expect(said).toMatch(/lock "lock-1": command "sh …" exited with code 1; WRITES MAY STILL BE STOPPED/);
    expect(log()).toEqual(["stop", "resume", "resume", "resume"]);
  });

  test("that exits with 75 says that nothing was stopped any more, and is not run again", async () => {
    const engine = engineWith({ resume: shell("resume", "exit 75") });
    const stopped = await engine.stopWrites(request, noSignal);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(log()).toEqual(["stop", "resume"]);
  });
});

describe("the watchdog", () => {
  test("that is killed while it holds: the hold is lost and the agent runs resume", async () => {
    const engine = engineWith();
    const stopped = await engine.stopWrites(request, noSignal);
    signalWatchdog("SIGKILL");
    await aborted(stopped.lost);
    expect(stopped.lost.reason.message).toContain("watchdog of the exec engine died");
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that is killed while it stops: the stop command is killed, and the agent runs resume", async () => {
    // the pause leaves the watchdog the time to say which process group it has started
    const stop = shell("stop", "sleep 0.3; echo $$ > stopper; echo $PPID > watchdog; sleep 1000");
    const engine = engineWith({ stop });
    const stopping = refusal(engine.stopWrites({ ...request, waitMs: 60_000 }, noSignal));
    await becomes(() => existsSync(join(dir, "watchdog")) && file("watchdog") !== "");
    signalWatchdog("SIGKILL");
    expect(await stopping).toMatchObject({ reason: "unreachable" });
    await becomes(() => !isAlive(file("stopper")));
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that is asked to end by SIGTERM frees writes first, and the hold is lost", async () => {
    const engine = engineWith();
    const stopped = await engine.stopWrites(request, noSignal);
    signalWatchdog("SIGTERM");
    await aborted(stopped.lost);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("that does not answer is killed, and the agent runs resume", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const engine = engineWith();
    const stopped = await engine.stopWrites(request, noSignal);
    const watchdog = file("watchdog");
    onTestFinished(() => void (isAlive(watchdog) && process.kill(Number(watchdog), "SIGKILL")));
    signalWatchdog("SIGSTOP");
    const resuming = stopped.resume();
    vi.advanceTimersByTime(60_000);
    expect(await resuming).toMatchObject({ unbroken: false });
    expect(log()).toEqual(["stop", "resume"]);
  });

  test("is gone when writes have been let go", async () => {
    const engine = engineWith();
    await (await engine.stopWrites(request, noSignal)).resume();
    expect(isAlive(file("watchdog"))).toBe(false);
  });
});

describe("the other commands", () => {
  test("without inspect the server counts as healthy, and nothing else is known", async () => {
    const state = await engineWith().inspect(noSignal);
    expect(state).toEqual({ healthy: true, problem: "", version: "", openWrites: undefined });
  });

  test.each([
    ["a text, whose first line is the version", "echo 'Tiny 1.2'; echo more", "Tiny 1.2", undefined],
    ["JSON without open writes", `echo '{"version": 10.4}'`, "10.4", undefined],
    ["JSON with none", `echo '{"version": "1", "openWrites": []}'`, "1", []],
    ["nothing", "true", "", undefined],
  ])("inspect may print %s", async (_, script, version, openWrites) => {
    const engine = engineWith({ inspect: shell("inspect", script) });
    expect(await engine.inspect(noSignal)).toEqual({ healthy: true, problem: "", version, openWrites });
  });

  test.each([
    ["fails", "echo down >&2; exit 1", "exited with code 1: down"],
    ["prints JSON of the wrong shape", `echo '{"openWrites": 3}'`, "openWrites"],
    ["prints half of an object", `echo '{"version"'`, "inspect command printed"],
    ["takes too long", "sleep 1000", "timed out"],
  ])("a server whose inspect command %s is not healthy", async (_, script, problem) => {
    const engine = engineWith({ inspect: shell("inspect", script), commandTimeoutMs: 300 });
    expect(await engine.inspect(noSignal)).toMatchObject({ healthy: false, problem: expect.stringContaining(problem) });
  });

  test("the signal ends an inspect command", async () => {
    const engine = engineWith({ inspect: shell("inspect", "sleep 1000") });
    expect(await refusal(engine.inspect(AbortSignal.timeout(50)))).toMatchObject({ reason: "cancelled" });
  });

  test("flush and abort are run if there are any, and abort prints how many", async () => {
    const engine = engineWith({ flush: shell("flush"), abort: shell("abort", "echo 3") });
    await engine.flush(noSignal);
    expect(await engine.abortTransactions(noSignal)).toBe(3);
    expect(log()).toEqual(["flush", "abort"]);
  });

  test("a flush that fails is an error", async () => {
    const engine = engineWith({ flush: shell("flush", "exit 1") });
    expect(await refusal(engine.flush(noSignal))).toMatchObject({ reason: "unreachable" });
  });

  test.each([
    ["stopServer", { startServer: ["true"] }],
    ["startServer", { stopServer: ["true"] }],
  ])("without %s a server is neither stopped nor started, and the setting is named", async (missing, commands) => {
    const engine = engineWith(commands);
    for (const call of [engine.stopServer(noSignal), engine.startServer(noSignal)]) {
      expect(await refusal(call)).toMatchObject({
        reason: "invalid",
        message: `the engine's setting "${missing}" is missing`,
      });
    }
  });

  test("a server is started for a restore although its writes could not be let go before", async () => {
    const commands = { stopServer: ["true"], startServer: shell("start"), resume: shell("resume", "exit 1") };
    const engine = engineWith(commands);
    await (await engine.stopWrites(request, noSignal)).resume();
    await engine.startServer(noSignal);
    expect(log().at(-1)).toBe("start");
  });

  test("a start command that fails is an error, and the server is not waited for", async () => {
    const engine = engineWith({
      stopServer: ["true"],
      startServer: shell("start", "exit 1"),
      inspect: shell("inspect"),
    });
    expect(await refusal(engine.startServer(noSignal))).toMatchObject({ reason: "corrupt" });
    expect(log()).toEqual(["start"]);
  });
});

/** A zombie that nobody has waited for yet is not. */
function isAlive(processId: string): boolean {
  const path = `/proc/${processId}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "utf8"));
}
