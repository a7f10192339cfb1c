// A tiny database process as the conformance kit needs it.
import { Agent } from "../../agent/agent.ts";
import type { Cuttable, Subject } from "../../agent/conformance/case.ts";
import { startProxy } from "../../agent/conformance/proxy.ts";
import type { Engine } from "../../agent/engines/engine.ts";
import { type ExecOptions, execEngine } from "../../agent/engines/exec.ts";
import { grpcEngine } from "../../agent/engines/grpc.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { systemClock } from "../../runtime/clock.ts";
import { execCommands } from "./exec-commands.ts";
import { quickDisk } from "./hooked-disk.ts";
import { startServer } from "./server-under-test.ts";

/** All but the one file that has the writes. */
const layout = globLayout({
  mutable: ["writes"],
  excluded: ["*.new", "pid", "open", "lock", "stopped", "close*", "socket"],
});

export type TinyServer = Awaited<ReturnType<typeof startServer>>;

/** A server that commands stop. */
export function startExecServer(commands: Partial<ExecOptions> = {}): Promise<TinyServer> {
  const options = (dir: string) => ({ ...execCommands(dir), ...commands });
  return startServer({
    program: "exec-database.ts",
    args: () => [],
    engine: (dir) => execEngine(options(dir)),
    order: (dir) => ({ exec: options(dir) }),
  });
}

/** A server of engine.proto. */
export function startGrpcServer(...defects: ("deaf" | "forgetful")[]): Promise<TinyServer> {
  const options = (dir: string) => ({ address: `unix:${dir}/socket`, callTimeoutMs: 5_000 });
  return startServer({
    program: "grpc-database.ts",
    args: (dir) => [options(dir).address, ...defects],
    engine: (dir) => grpcEngine(options(dir)),
    order: (dir) => ({ grpc: options(dir) }),
  });
}

/** @param change what becomes of each engine before it is used in this process */
export function subjectOn(server: TinyServer, change = (engine: Engine) => engine): Subject {
  const newEngine = () => change(server.another());
  const isCuttable = server.engine.kind === "grpc";
  return {
    serverId: "db1",
    probe: {
      write: async () => void (await server.write().done),
      count: () => server.countWrites(),
      close: async () => {},
    },
    newEngine,
    startVictim: (request) => server.startAgent(request),
    newCuttable: isCuttable ? () => cuttable(`unix:${server.dir}/socket`) : undefined,
    newAgent: () => agentOn(newEngine(), server.dir),
  };
}

async function cuttable(target: string): Promise<Cuttable> {
  const proxy = await startProxy(target);
  const engine = grpcEngine({ address: proxy.address });
  const close = async () => {
    await engine.close();
    await proxy.cut();
  };
  return { engine, cut: proxy.cut, close };
}

function agentOn(engine: Engine, dataDir: string) {
  const ports = { disk: quickDisk, clock: systemClock, list: (directory: string) => listFiles(directory) };
  const identity = { serverId: "db1", version: "0.1.0", dataDir };
  return { engine, agent: new Agent({ ...identity, engine, layout, ...ports, report: () => {} }) };
}
