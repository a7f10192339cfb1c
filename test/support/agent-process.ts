// A process that stops writes through an engine and then waits to be killed. Argument: a StopOrder as JSON.

import type { StopRequest } from "../../agent/engines/engine.ts";
import { type ExecOptions, execEngine } from "../../agent/engines/exec.ts";
import { type GrpcOptions, grpcEngine } from "../../agent/engines/grpc.ts";

export interface StopOrder {
  grpc?: GrpcOptions;
  exec?: ExecOptions;
  request: StopRequest;
}

const { grpc, exec, request } = JSON.parse(process.argv[2] ?? "") as StopOrder;
const engine = grpc === undefined ? execEngine(exec as ExecOptions) : grpcEngine(grpc);
process.once("disconnect", () => process.exit());
await engine.stopWrites(request, new AbortController().signal);
process.send?.("held");
