// A process that stops writes through an engine and then waits to be killed. Argument: a StopOrder as JSON.

import type { Engine, StopRequest } from "../../agent/engines/engine.ts";
import { type ExecOptions, execEngine } from "../../agent/engines/exec.ts";
import { type GrpcOptions, grpcEngine } from "../../agent/engines/grpc.ts";
import { type RedisOptions, redisEngine } from "../../agent/engines/redis.ts";

export interface StopOrder {
  grpc?: GrpcOptions;
  exec?: ExecOptions;
  redis?: RedisOptions;
  request: StopRequest;
}

const { grpc, exec, redis, request } = JSON.parse(process.argv[2] ?? "") as StopOrder;
const engine = engineOf();
process.once("disconnect", () => process.exit());
await engine.stopWrites(request, new AbortController().signal);
process.send?.("held");

function engineOf(): Engine {
  if (grpc !== undefined) return grpcEngine(grpc);
  return redis === undefined ? execEngine(exec as ExecOptions) : redisEngine(redis);
}
