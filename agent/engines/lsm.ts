// The engine "lsm": the LevelDB or RocksDB directories of a process that is not ours. The process is stopped by commands or
// by engine.proto, as by the engines "exec" and "grpc"; what is its own are the files, which files/lsm.ts knows.
import type { Engine } from "./engine.ts";
import { type ExecOptions, execEngine } from "./exec.ts";
import { type GrpcOptions, grpcEngine } from "./grpc.ts";

/** @throws StillpointError invalid, for a bad address */
export function lsmEngine(server: ExecOptions | GrpcOptions): Engine {
  const engine = "address" in server ? grpcEngine(server) : execEngine(server);
  return {
    kind: "lsm",
    get stillStopped() {
      return engine.stillStopped;
    },
    inspect: (signal) => engine.inspect(signal),
    flush: (signal) => engine.flush(signal),
    stopWrites: (request, signal) => engine.stopWrites(request, signal),
    abortTransactions: (signal) => engine.abortTransactions(signal),
    stopServer: (signal) => engine.stopServer(signal),
    startServer: (signal) => engine.startServer(signal),
    close: () => engine.close(),
  };
}
