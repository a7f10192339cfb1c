// A tiny database that serves engine.proto. Arguments: its directory, the address to listen on, and what is wrong with it:
//   deaf       it hears neither the end of a stop's stream nor that of its hold
//   forgetful  what it acknowledges does not come into its files
import { rmSync } from "node:fs";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Engine } from "../../proto/engine-contract.ts";
import { hasReason, StillpointError } from "../../proto/errors.ts";
import type { EngineHandlers } from "../../proto/gen/stillpoint/v1/Engine.ts";
import type { StopWritesRequest } from "../../proto/gen/stillpoint/v1/StopWritesRequest.ts";
import type { StopWritesResponseInput } from "../../proto/gen/stillpoint/v1/StopWritesResponse.ts";
import { type Call, serverStream, unary } from "../../proto/serve.ts";
import { serveControl } from "./database-control.ts";
import { FilesOnDisk } from "./files-on-disk.ts";
import { aborted, TinyDatabase } from "./tiny-database.ts";

const [dir = "", address = "", defect] = process.argv.slice(2);
const database = new TinyDatabase(new FilesOnDisk(dir));
const never = new AbortController().signal;
if (defect === "forgetful") database.flush = () => {};

async function* stopWrites(request: StopWritesRequest, { signal }: Call): AsyncGenerator<StopWritesResponseInput> {
  try {
    const stop = await database.stopWrites(defect === "deaf" ? { ...request, holdMs: 1_000_000 } : request, signal);
    const { over } = stop;
    try {
      yield { stopped: {} };
      await aborted(defect === "deaf" ? AbortSignal.any([over.signal, never]) : AbortSignal.any([over.signal, signal]));
      if (over.signal.reason === "expired") yield { expired: {} };
    } finally {
      database.letGo(stop, "given up");
    }
  } catch (error) {
    if (!hasReason(error, "lock-busy")) throw error;
    yield { busy: { blockers: error.blockers } };
  }
}

/** Only what does not belong to the contract is a defect of this program. */
function onError(error: unknown): void {
  if (!(error instanceof StillpointError)) console.error(error);
}

const handlers: EngineHandlers = {
  Inspect: unary(
    async () => ({ version: "1.0", open: database.state === "open", openWrites: database.openWrites() }),
    onError,
  ),
  StopWrites: serverStream(stopWrites, onError),
  ResumeWrites: unary(async ({ lockId }) => database.resumeWrites(lockId), onError),
  AbortTransactions: unary(async () => ({ aborted: database.abortTransactions() }), onError),
  Flush: unary(async () => ({ flushed: database.flush() }), onError),
  CloseDatabase: unary(async () => ({ closed: database.close() }), onError),
  OpenDatabase: unary(async () => ({ opened: database.open() }), onError),
};

rmSync(address.replace("unix:", ""), { force: true }); // of a process that was killed
const server = new Server();
server.addService(Engine.service, { ...handlers });
await new Promise<void>((resolve, reject) => {
  const bound = (error: Error | null) => (error === null ? resolve() : reject(error));
  server.bindAsync(address, ServerCredentials.createInsecure(), bound);
});
serveControl(database);
