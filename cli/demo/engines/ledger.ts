// The demo on ledger servers (examples/ledger): a transfer is on both its servers at the same time.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkLedger } from "../../../examples/ledger/check.ts";
import { Ledger, ledgerClient } from "../../../examples/ledger/contract.ts";
import { holdTransaction, startLoad } from "../../../examples/ledger/load.ts";
import { callUnary } from "../../../proto/call.ts";
import { formatCount } from "../../format.ts";
import type { Check, DemoEngine, DemoServer, ServerPlace, Source, StartProcess } from "./demo-engine.ts";

const program = fileURLToPath(new URL("../../../examples/ledger/main.ts", import.meta.url));
const longMs = 3000;
const seed = 7420;

export const ledgerDemo: DemoEngine = {
  mustBeInstalled: async () => {}, // it is part of Stillpoint
  start,
  introduce,
  startLoad: (servers, workers) => startLoad({ servers, workers, seed }),
  makeTrouble: (server, signal) => {
    const held = holdTransaction(server, longMs, signal);
    held.catch(() => {}); // it is heard of at the end
    return { what: `somebody opens a write transaction and leaves it open for ${longMs / 1000} s`, end: () => held };
  },
  check,
  proved: ({ transfers, total }) => {
    return `all ${formatCount(transfers, "transfer")} are whole, and the sum is ${total.toLocaleString("en-US")} as before`;
  },
  loadCommand: (servers) => {
    const addresses = servers.map((each) => `${each.id}=${each.address}`).join(",");
    return `npx node examples/ledger/load-main.ts --seconds 10 --servers ${addresses} &`;
  },
};

async function start({ id, home, dataDir, lie }: ServerPlace, startProcess: StartProcess) {
  const socket = `unix:${join(home, "engine.sock")}`;
  const flags = ["--id", id, "--data-dir", dataDir, "--engine", socket, ...(lie ? ["--lie", "stop"] : [])];
  const ledger = startProcess(id, [process.execPath, program, ...flags]);
  const config = { engine: { kind: "grpc", address: socket }, files: "leveldb" };
  return { config, address: (signal: AbortSignal) => ledger.address(signal) };
}

/** Tells each server where the others are: nobody knew before they listened. */
async function introduce(servers: readonly DemoServer[]): Promise<void> {
  const addresses = Object.fromEntries(servers.map(({ id, address }) => [id, address]));
  const calls = servers.map(async ({ id, address }) => {
    const client = ledgerClient(address);
    const limits = { timeoutMs: 5_000, peer: `ledger server ${id}` };
    await callUnary(client, Ledger.service.SetPeers, { addresses }, limits).finally(() => client.close());
  });
  await Promise.all(calls);
}

async function check(sources: readonly Source[]): Promise<Check> {
  return { ...(await checkLedger(sources)), onTheWay: 0 };
}
