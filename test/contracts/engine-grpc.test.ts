// The engine "grpc", on a database process that serves engine.proto, and on servers that do not keep it.
import { setTimeout as pause } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../agent/engines/engine.ts";
import { grpcEngine } from "../../agent/engines/grpc.ts";
import { event, type Rogue, startRogue } from "../support/rogue-server.ts";
import { type ServerOptions, startServer } from "../support/server-under-test.ts";
import { aborted } from "../support/tiny-database.ts";
import { engineContract } from "./engine.ts";

const abilities = {
  version: /^1\.0$/,
  hasOpenTransactions: true,
  filesLagBehind: true,
  listsOpenWrites: true,
  flushes: true,
  abortsTransactions: true,
  namesOtherHolders: true,
  noticesCrashes: true,
  measuresBlockedWrites: true,
  hasServerProcess: true,
};

const optionsFor = (dir: string) => ({ address: `unix:${dir}/socket`, callTimeoutMs: 1_000 });

const options: ServerOptions = {
  program: "grpc-database.ts",
  args: (dir) => [optionsFor(dir).address],
  engine: (dir) => grpcEngine(optionsFor(dir)),
  order: (dir) => ({ grpc: optionsFor(dir) }),
};

engineContract("the grpc engine", abilities, () => startServer(options));

const noSignal = new AbortController().signal;
const request = { lockId: "lock", waitMs: 100, holdMs: 60_000 };

type StopWrites = Required<Rogue>["stopWrites"];

/** Runs `use` with an engine on a server that misbehaves. */
async function withRogue(rogue: Rogue, use: (engine: Engine) => Promise<void>): Promise<void> {
  await using server = await startRogue(rogue);
  const engine = grpcEngine({ address: server.address, callTimeoutMs: 300 });
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

describe("a server that answers as it likes", () => {
  test.each([
    ["an unknown event", Buffer.from([0x7a, 0])],
    ["an unknown event", Buffer.alloc(0)],
    ["expired", event({ expired: {} })],
  ])("answers StopWrites with %s: an error that says so, and the stream is ended", async (said, bytes) => {
    const ended = Promise.withResolvers<void>();
    const stopWrites: StopWrites = (stream) => {
      stream.once("cancelled", ended.resolve);
      stream.write(bytes);
    };
    await withRogue({ stopWrites }, async (engine) => {
      const stopping = engine.stopWrites(request, noSignal);
      await expect(stopping).rejects.toMatchObject({ reason: "internal", message: expect.stringContaining(said) });
      await ended.promise;
    });
  });

  test("answers StopWrites with bytes that are no message: an error", async () => {
    await withRogue({ stopWrites: (stream) => stream.write(Buffer.from([0xff, 0xff])) }, async (engine) => {
      await expect(engine.stopWrites(request, noSignal)).rejects.toMatchObject({ reason: "internal" });
    });
  });

  test("ends StopWrites without an answer: an error", async () => {
    await withRogue({ stopWrites: (stream) => stream.end() }, async (engine) => {
      const error = { reason: "internal", message: expect.stringContaining("the end of the stream") };
      await expect(engine.stopWrites(request, noSignal)).rejects.toMatchObject(error);
    });
  });

  test("never answers StopWrites: unreachable when the wait is over, and the stream is ended", async () => {
    const ended = Promise.withResolvers<void>();
    const stopWrites: StopWrites = (stream) => stream.once("cancelled", ended.resolve);
    await withRogue({ stopWrites }, async (engine) => {
      const began = performance.now();
      await expect(engine.stopWrites(request, noSignal)).rejects.toMatchObject({ reason: "unreachable" });
      expect(performance.now() - began).toBeGreaterThanOrEqual(399);
      await ended.promise;
    });
  });

  test("says nonsense while writes are held: the hold is lost, and the stream is ended", async () => {
    const ended = Promise.withResolvers<void>();
    const stopWrites: StopWrites = (stream) => {
      stream.once("cancelled", ended.resolve);
      stream.write(event({ stopped: {} }));
      stream.write(Buffer.from([0x7a, 0]));
    };
    await withRogue({ stopWrites, resumeWrites: () => ({ unbroken: true }) }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      await aborted(stopped.lost);
      await ended.promise;
      expect(await stopped.resume()).toMatchObject({ unbroken: false });
    });
  });

  test.each([
    ["ends the stream", [event({ stopped: {} })]],
    ["says that the hold expired", [event({ stopped: {} }), event({ expired: {} })]],
  ])("%s and yet says that nothing was broken: it is not believed", async (_, messages) => {
    const stopWrites: StopWrites = (stream) => {
      for (const message of messages) stream.write(message);
      stream.end();
    };
    await withRogue({ stopWrites, resumeWrites: () => ({ unbroken: true }) }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      await aborted(stopped.lost);
      expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
      expect(await stopped.resume()).toMatchObject({ unbroken: false });
    });
  });

  test("says that the hold expired while it is resumed, and that nothing was broken: it is not believed", async () => {
    let expire = () => {};
    const stopWrites: StopWrites = (stream) => {
      stream.write(event({ stopped: {} }));
      expire = () => stream.write(event({ expired: {} }));
    };
    const lost = Promise.withResolvers<void>();
    const resumeWrites = async () => {
      expire();
      await Promise.race([lost.promise, pause(200)]);
      return { unbroken: true };
    };
    await withRogue({ stopWrites, resumeWrites }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      stopped.lost.addEventListener("abort", () => lost.resolve());
      expect(await stopped.resume()).toMatchObject({ unbroken: false });
    });
  });

  test("never answers ResumeWrites: not unbroken, and the end of the stream lets writes go", async () => {
    const ended = Promise.withResolvers<void>();
    const stopWrites: StopWrites = (stream) => {
      stream.once("cancelled", ended.resolve);
      stream.write(event({ stopped: {} }));
    };
    await withRogue({ stopWrites }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      expect(await stopped.resume()).toMatchObject({ unbroken: false });
      expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
      await ended.promise;
    });
  });

  test("says that writes went on before they were let go: it is believed", async () => {
    const stopWrites: StopWrites = (stream) => stream.write(event({ stopped: {} }));
    await withRogue({ stopWrites, resumeWrites: () => ({ unbroken: false }) }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      expect(await stopped.resume()).toMatchObject({ unbroken: false });
      expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
    });
  });

  test("may be silent for longer than an answer may take, while writes are held", async () => {
    const stopWrites: StopWrites = (stream) => stream.write(event({ stopped: {} }));
    await withRogue({ stopWrites, resumeWrites: () => ({ unbroken: true }) }, async (engine) => {
      const stopped = await engine.stopWrites({ ...request, waitMs: 0 }, noSignal);
      await pause(500);
      expect(await stopped.resume()).toMatchObject({ unbroken: true });
    });
  });

  test("may end the stream before it answers ResumeWrites: that is no loss", async () => {
    let end = () => {};
    const stopWrites: StopWrites = (stream) => {
      stream.write(event({ stopped: {} }));
      end = () => stream.end();
    };
    const resumeWrites = () => {
      end();
      return { unbroken: true, longestBlockedWriteMs: 12.5 };
    };
    await withRogue({ stopWrites, resumeWrites }, async (engine) => {
      const stopped = await engine.stopWrites(request, noSignal);
      expect(await stopped.resume()).toEqual({ unbroken: true, longestBlockedWriteMs: 12.5 });
    });
  });

  test("a refusal with a bare FAILED_PRECONDITION is held-by-another", async () => {
    const stopWrites: StopWrites = (stream) => {
      stream.emit("error", { code: status.FAILED_PRECONDITION, details: "somebody was faster" });
    };
    await withRogue({ stopWrites }, async (engine) => {
      const error = { reason: "held-by-another", message: expect.stringContaining("somebody was faster") };
      await expect(engine.stopWrites(request, noSignal)).rejects.toMatchObject(error);
    });
  });

  test("opens its database and yet is not open: corrupt", async () => {
    await withRogue({ inspect: () => ({ open: false }) }, async (engine) => {
      await expect(engine.startServer(noSignal)).rejects.toMatchObject({ reason: "corrupt" });
    });
  });

  test("opens its database and does not answer any more: unreachable, its files are no worse for that", async () => {
    await withRogue({}, async (engine) => {
      await expect(engine.startServer(noSignal)).rejects.toMatchObject({ reason: "unreachable" });
    });
  });

  test("never answers Inspect: not healthy when the time is up, an error when the signal aborts", async () => {
    await withRogue({}, async (engine) => {
      expect(await engine.inspect(noSignal)).toMatchObject({ healthy: false });
      await expect(engine.inspect(AbortSignal.timeout(50))).rejects.toMatchObject({ reason: "cancelled" });
    });
  });
});

describe("the address", () => {
  test.each(["unix:/run/ledger.sock", "127.0.0.1:7500", "localhost:7500", "[::1]:7500"])(
    "%s is local",
    async (address) => {
      await grpcEngine({ address }).close();
    },
  );

  test.each(["10.0.0.1:7500", "db1.example:7500", "0.0.0.0:7500", "unix:", "127.0.0.1", ""])(
    "%j is refused",
    (address) => {
      expect(() => grpcEngine({ address })).toThrow(`engine address "${address}" is not on this machine`);
    },
  );

  test("is named by the problem of a server that is down", async () => {
    const engine = grpcEngine({ address: "unix:/nowhere/at/all" });
    const { problem } = await engine.inspect(noSignal);
    expect(problem).toContain("unix:/nowhere/at/all");
    await engine.close();
  });
});

test("a server that was down for seconds is found soon after its start", async () => {
  const server = await startServer(options);
  await server.crash();
  const downUntil = performance.now() + 2_800;
  while (performance.now() < downUntil) {
    expect(await server.engine.inspect(noSignal)).toMatchObject({ healthy: false });
    await pause(50);
  }
  await server.restart();
  const startedAt = performance.now();
  while (!(await server.engine.inspect(noSignal)).healthy) {
    expect(performance.now() - startedAt).toBeLessThan(1_400);
    await pause(20);
  }
  await server.close();
});

test("commands that are configured stop and start the server instead of CloseDatabase and OpenDatabase", async () => {
  const server = await startServer(options);
  const { address } = optionsFor(server.dir);
  const engine = grpcEngine({ address, stopServer: ["touch", `${server.dir}/stopped`], startServer: ["true"] });
  await engine.stopServer(noSignal);
  expect(await engine.inspect(noSignal)).toMatchObject({ healthy: true });
  await engine.startServer(noSignal);
  await engine.close();
  const half = grpcEngine({ address, stopServer: ["true"] });
  await expect(half.stopServer(noSignal)).rejects.toMatchObject({
    reason: "invalid",
    message: expect.stringContaining('"startServer"'),
  });
  await half.close();
  await server.close();
});
