// The conformance kit on real processes: it finds nothing wrong with engines that are right, and whatever is with those that lie.
import { describe, expect, onTestFinished, test } from "vitest";
import type { Subject } from "../../agent/conformance/case.ts";
import { type CaseResult, runKit, type Verdict } from "../../agent/conformance/run-kit.ts";
import type { Engine } from "../../agent/engines/engine.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { startExecServer, startGrpcServer, subjectOn, type TinyServer } from "../support/kit-subject.ts";

const timeout = 180_000;
const allCases = [
  ...["inspect", "write", "stop", "resume", "second-stop", "hold"],
  ...["agent-killed", "agent-group-killed", "agent-hangs", "connection-cut", "snapshot", "restore", "stall"],
];

async function subjectFor(starting: Promise<TinyServer>): Promise<Subject> {
  const server = await starting;
  onTestFinished(() => server.close());
  return subjectOn(server);
}

function check(subject: Subject, options: { mayRestore?: boolean; signal?: AbortSignal } = {}): Promise<Verdict> {
  const signal = options.signal ?? new AbortController().signal;
  return runKit(subject, { mayRestore: options.mayRestore ?? true, stops: 5, onResult: () => {}, signal });
}

/** "case: what was found", of all that are so. */
function all({ results }: Verdict, outcome: CaseResult["outcome"]): string[] {
  return results.filter((each) => each.outcome === outcome).map(({ name, found }) => `${name}: ${found}`);
}

describe("an engine that is right", { timeout }, () => {
  test("by engine.proto: all holds, also where its connection is cut", async () => {
    const verdict = await check(await subjectFor(startGrpcServer()));
    expect([...all(verdict, "broken"), ...all(verdict, "warning"), ...all(verdict, "skipped")]).toEqual([]);
    expect(verdict.results.map(({ name }) => name)).toEqual(allCases);
    expect(verdict).toMatchObject({ version: "1.0", writesStopped: false, stall: { stops: 5 } });
    const { medianMs = 0, p90Ms = 0, maxMs = 0 } = verdict.stall ?? {};
    expect([medianMs, p90Ms, maxMs].toSorted((one, other) => one - other)).toEqual([medianMs, p90Ms, maxMs]);
  });

  test("by commands: all holds but what it has not; no server is stopped unless that is asked for", async () => {
    const server = await startExecServer();
    onTestFinished(() => server.close());
    let touched = 0;
    const count = async () => void touched++;
    const watched = (engine: Engine): Engine => ({ ...proxied(engine), stopServer: count, startServer: count });
    const verdict = await check(subjectOn(server, watched), { mayRestore: false });
    expect(touched).toBe(0);
    expect([...all(verdict, "broken"), ...all(verdict, "warning")]).toEqual([]);
    expect(all(verdict, "skipped")).toEqual([
      "connection-cut: the engine has no connection to cut",
      "restore: it stops the server: ask for it with --restore",
    ]);
  });
});

describe("an engine that lies is found out:", { timeout }, () => {
  test("it stops nothing", async () => {
    const verdict = await check(await subjectFor(startExecServer({ stop: ["true"], resume: ["true"] })));
    const broken = all(verdict, "broken");
    for (const name of ["stop", "resume", "hold", "agent-killed", "agent-group-killed", "agent-hangs"]) {
      expect(broken).toContainEqual(expect.stringMatching(`^${name}: (a write .* acknowledged|under the stop)`));
    }
  });

  test("it frees nothing, and then nothing more is tried", async () => {
    const verdict = await check(await subjectFor(startExecServer({ resume: ["true"] })));
    expect(all(verdict, "broken")).toEqual([expect.stringMatching(/^after-stop: writes are still stopped/)]);
    expect(verdict.writesStopped).toBe(true);
    expect(all(verdict, "skipped")).toContain("resume: writes are still stopped");
  });

  test("its server goes on holding when the hold is over, and when the agent is dead", async () => {
    const verdict = await check(await subjectFor(startGrpcServer("deaf")));
    expect(all(verdict, "broken")).toEqual([
      expect.stringMatching(/^hold: writes are still stopped/),
      expect.stringMatching(/^agent-killed: writes are still stopped/),
      expect.stringMatching(/^after-agent-killed: writes are still stopped/),
    ]);
  });

  test("its hold ends too soon", async () => {
    const server = await startGrpcServer();
    onTestFinished(() => server.close());
    const hasty = (engine: Engine): Engine => ({
      ...proxied(engine),
      stopWrites: (request, signal) => engine.stopWrites({ ...request, holdMs: request.holdMs / 2 }, signal),
    });
    const verdict = await check({ ...subjectOn(server, hasty), newCuttable: undefined });
    expect(all(verdict, "broken")).toEqual([
      expect.stringMatching(/^hold: writes went on \d+ ms after the stop, before/),
    ]);
  });

  test("it says that a hold was unbroken which had ended by itself", async () => {
    const verdict = await check(
      inProcess((engine) => (engine.misbehaves.resume = "lie")),
      { mayRestore: false },
    );
    expect(all(verdict, "broken")).toContain("hold: the hold ended by itself, and yet resume says unbroken");
  });

  test("what it acknowledges is not in the files when it has stopped writes", async () => {
    const verdict = await check(await subjectFor(startGrpcServer("forgetful")));
    expect(all(verdict, "broken")).toEqual([
      expect.stringMatching(/^restore: at the cut there were \d+ writes, restored are 0$/),
    ]);
  });
});

describe("what cannot be looked at", { timeout }, () => {
  test("is not, when the server is down", async () => {
    const server = await startGrpcServer();
    onTestFinished(() => server.close());
    await server.crash();
    const verdict = await check(subjectOn(server));
    expect(all(verdict, "broken")).toEqual([expect.stringMatching(/^inspect: .+/)]);
    expect(all(verdict, "skipped")).toHaveLength(allCases.length - 2);
  });

  test("is not, when the run is ended", async () => {
    const verdict = await check(await subjectFor(startGrpcServer()), { signal: AbortSignal.abort() });
    expect(all(verdict, "skipped")[0]).toBe("stop: the run was ended");
  });
});

/** An engine on a database in this process, which an agent that is killed lets go of. */
function inProcess(misbehave: (engine: FakeEngine) => void): Subject {
  const { database } = new FakeEngine();
  const newEngine = () => {
    const engine = new FakeEngine({ database });
    misbehave(engine);
    return engine;
  };
  const startVictim: Subject["startVictim"] = (request) => {
    const engine = newEngine();
    const held = engine.stopWrites(request, new AbortController().signal);
    return { held, kill: () => engine.close(), hang: () => {} };
  };
  const probe = { write: () => database.write(), count: async () => database.countWrites(), close: async () => {} };
  const newAgent = () => {
    throw new Error("it has no files");
  };
  return { serverId: "db1", probe, newEngine, startVictim, newAgent };
}

/** The same engine behind another object, whose methods can be exchanged. */
function proxied(engine: Engine): Engine {
  return {
    kind: engine.kind,
    inspect: (signal) => engine.inspect(signal),
    flush: (signal) => engine.flush(signal),
    stopWrites: (request, signal) => engine.stopWrites(request, signal),
    abortTransactions: (signal) => engine.abortTransactions(signal),
    stopServer: (signal) => engine.stopServer(signal),
    startServer: (signal) => engine.startServer(signal),
    close: () => engine.close(),
  };
}
