// A process that stops writes through an engine and then waits to be killed. Argument: a StopOrder as JSON.

import type { Engine, StopRequest } from "../../agent/engines/engine.ts";
import { type ExecOptions, execEngine } from "../../agent/engines/exec.ts";
import { type GrpcOptions, grpcEngine } from "../../agent/engines/grpc.ts";
import { lsmEngine } from "../../agent/engines/lsm.ts";
import { type MariadbOptions, mariadbEngine } from "../../agent/engines/mariadb.ts";
import { type RedisOptions, redisEngine } from "../../agent/engines/redis.ts";
import { Secret } from "../../runtime/secret.ts";

export interface StopOrder {
  grpc?: GrpcOptions;
  exec?: ExecOptions;
  lsm?: ExecOptions | GrpcOptions;
  redis?: RedisOptions;
  mariadb?: Omit<MariadbOptions, "password"> & { password: string };
  request: StopRequest;
}

const { request, ...order } = JSON.parse(process.argv[2] ?? "") as StopOrder;
process.once("disconnect", () => process.exit());
await engineOf(order).stopWrites(request, new AbortController().signal);
process.send?.("held");

function engineOf({ grpc, exec, lsm, redis, mariadb }: Omit<StopOrder, "request">): Engine {
  if (grpc !== undefined) return grpcEngine(grpc);
  if (lsm !== undefined) return lsmEngine(lsm);
  if (mariadb !== undefined) return mariadbEngine({ ...mariadb, password: new Secret(mariadb.password) });
  return redis === undefined ? execEngine(exec as ExecOptions) : redisEngine(redis);
}
