// From the start of a process until it says SERVING. The floors: a Node that does nothing, and a gRPC server of the same library
// that does nothing but to answer for its health.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../cli/demo/free-port.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { SmallCluster } from "./small-cluster.ts";

const healthServer = fileURLToPath(new URL("health-server.js", import.meta.url));
/** As after the installation, when nothing has run yet. */
const uncompiled = { NODE_DISABLE_COMPILE_CACHE: "1" };

/** All of them in turn, so many times; in milliseconds. */
export async function measureStarts(times: number): Promise<Map<string, number[]>> {
  await using cluster = await SmallCluster.open();
  const ways: [string, () => Promise<MeasuredProcess>][] = [
    ["agent", () => cluster.startAgent()],
    ["coordinator", () => cluster.startCoordinator()],
    ["agent, nothing compiled", () => cluster.startAgent({}, uncompiled)],
    ["a gRPC server alone", startHealthServer],
  ];
  const measured = new Map<string, number[]>([...ways.map(([name]) => name), "Node alone"].map((name) => [name, []]));
  for (let time = 0; time <= times; time++) {
    for (const [name, start] of ways) {
      await using process = await start();
      if (time > 0) measured.get(name)?.push(process.startMs); // the first one leaves what it compiled to the others
    }
    if (time > 0) measured.get("Node alone")?.push(startNode());
  }
  return measured;
}

export async function startHealthServer(): Promise<MeasuredProcess> {
  const [port] = await freePorts(1);
  return await MeasuredProcess.start([healthServer, String(port)], `127.0.0.1:${port}`);
}

/** To its end: it has nothing to say. */
function startNode(): number {
  const beginAt = performance.now();
  spawnSync(process.execPath, ["--eval", "0"]);
  return performance.now() - beginAt;
}
