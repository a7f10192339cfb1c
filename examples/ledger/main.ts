// The ledger server's process. Says in one line of JSON on stdout where it serves; SIGTERM closes it cleanly.
import { once } from "node:events";
import { Command, Option } from "commander";
import { Engine } from "../../proto/engine-contract.ts";
import { errorsTo } from "../../proto/serve.ts";
import { type Log, openLog } from "../../runtime/log.ts";
import { runUntilSignal, type ShutdownEvent } from "../../runtime/shutdown.ts";
import { Ledger } from "./contract.ts";
import { engineService } from "./engine-service.ts";
import { Gate } from "./gate.ts";
import { Host } from "./host.ts";
import { ledgerService } from "./ledger-service.ts";
import { LyingGate } from "./lie.ts";
import { serverAddresses, socketAddress, wholeNumber } from "./options.ts";
import { Peers } from "./peers.ts";
import { serve, serveSocket } from "./serving.ts";

interface Options {
  id: string;
  dataDir: string;
  listen: string;
  engine: string;
  peers: Map<string, string>;
  accounts: number;
  initialBalance: number;
  lie?: "stop";
}

const command = new Command("ledger")
  .description("A small bank: accounts in LevelDB, transfers between servers, ready for Stillpoint")
  .requiredOption("--id <name>", "this server's name")
  .requiredOption("--data-dir <dir>", "its files; created if missing")
  .requiredOption("--engine <unix:/path>", "the socket on which the agent stops and resumes writes", socketAddress)
  .option("--listen <host:port>", "where clients call; port 0 takes a free one", "127.0.0.1:0")
  .option("--peers <id=host:port,...>", "the others; SetPeers can tell them later", serverAddresses, new Map())
  .option("--accounts <n>", "accounts of a new ledger", wholeNumber, 100)
  .option("--initial-balance <n>", "what each of them begins with", wholeNumber, 1000)
  .addOption(new Option("--lie <what>").choices(["stop"]).hideHelp());

/** Serves until the signal aborts. */
async function run(options: Options, log: Log, stop: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const peers = stack.adopt(new Peers(options.peers), (each) => each.close());
  const newGate = () => (options.lie === "stop" ? new LyingGate() : new Gate());
  const host = stack.adopt(new Host({ dataDir: options.dataDir, peers, log, newGate }), (each) => each.close());
  await host.open(options);
  const onError = errorsTo(log);
  const engine = await serveSocket(options.engine, Engine.service, engineService(host, onError));
  stack.defer(() => engine.close());
  const ledger = await serve(options.listen, Ledger.service, ledgerService(options.id, host, peers, onError));
  stack.defer(() => ledger.close());
  stack.defer(() => host.close()); // before the others: it ends the calls that they wait for
  console.log(JSON.stringify({ ready: true, address: ledger.address, engine: engine.address }));
  if (!stop.aborted) await once(stop, "abort");
}

const options = command.parse().opts<Options>();
const log = openLog(`ledger ${options.id}`, "info");
const report = (event: ShutdownEvent) => log.info(event, "shutting down");
try {
  await runUntilSignal((stop) => run(options, log, stop), { graceMs: 10_000, report });
} catch (error) {
  log.fatal({ err: error }, "cannot serve");
  process.exitCode = 1;
}
