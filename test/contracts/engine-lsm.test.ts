// The engine "lsm", on a database process that is stopped by shell commands, and on one that serves engine.proto.
import { expect, onTestFinished, test } from "vitest";
import { grpcEngine } from "../../agent/engines/grpc.ts";
import { lsmEngine } from "../../agent/engines/lsm.ts";
import { execCommands } from "../support/exec-commands.ts";
import { startServer } from "../support/server-under-test.ts";
import { engineContract } from "./engine.ts";

const both = {
  version: /^1\.0$/,
  hasOpenTransactions: true,
  filesLagBehind: true,
  listsOpenWrites: true,
  hasServerProcess: true,
};

const byCommands = {
  ...{ flushes: false, abortsTransactions: false, namesOtherHolders: false },
  ...{ noticesCrashes: false, measuresBlockedWrites: false },
};

const byProtocol = {
  ...{ flushes: true, abortsTransactions: true, namesOtherHolders: true },
  ...{ noticesCrashes: true, measuresBlockedWrites: true },
};

const serverOf = (dir: string) => ({ address: `unix:${dir}/socket`, callTimeoutMs: 1_000 });

engineContract("the lsm engine, by commands", { ...both, ...byCommands }, () =>
  startServer({
    program: "exec-database.ts",
    args: () => [],
    engine: (dir) => lsmEngine(execCommands(dir)),
    order: (dir) => ({ lsm: execCommands(dir) }),
  }),
);

engineContract("the lsm engine, by engine.proto", { ...both, ...byProtocol }, () =>
  startServer({
    program: "grpc-database.ts",
    args: (dir) => [serverOf(dir).address],
    engine: (dir) => lsmEngine(serverOf(dir)),
    order: (dir) => ({ lsm: serverOf(dir) }),
  }),
);

test("META.json names the lsm engine, whoever does its work", () => {
  const [own, inner] = [lsmEngine(serverOf("/nowhere")), grpcEngine(serverOf("/nowhere"))];
  expect([own.kind, inner.kind]).toEqual(["lsm", "grpc"]);
  expect(Object.keys(own).sort()).toEqual(
    [
      "abortTransactions",
      "close",
      "flush",
      "inspect",
      "kind",
      "startServer",
      "stopServer",
      "stopWrites",
      "stillStopped",
    ].sort(),
  );
});

test("writes that the resume command could not let go are told of by the lsm engine too", async () => {
  const engine = lsmEngine({ stop: ["true"], resume: ["false"], retryPausesMs: [], repeatEveryMs: 60_000 });
  onTestFinished(() => engine.close());
  const stopped = await engine.stopWrites(
    { lockId: "lock-1", waitMs: 0, holdMs: 60_000 },
    new AbortController().signal,
  );
  await stopped.resume();
  expect(engine.stillStopped).toContain('command "false" exited with code 1');
});
