// The engine that a configuration names, and the layout of its files.
import type { AgentConfig, FilesConfig } from "./config.ts";
import type { Engine } from "./engines/engine.ts";
import { execEngine } from "./engines/exec.ts";
import { grpcEngine } from "./engines/grpc.ts";
import { lsmEngine } from "./engines/lsm.ts";
import { mariadbLayout } from "./engines/mariadb/layout.ts";
import { mariadbEngine } from "./engines/mariadb.ts";
import { redisEngine } from "./engines/redis.ts";
import type { FileLayout } from "./files/layout.ts";
import { layoutFor } from "./files/layouts.ts";
import { redisLayout } from "./files/redis.ts";

/** @throws StillpointError invalid, for a bad glob or address */
export function engineOf({ engine, files, dataDir }: AgentConfig): { engine: Engine; layout: FileLayout } {
  if (engine.kind === "redis") return { engine: redisEngine({ ...engine, dataDir }), layout: redisLayout };
  if (engine.kind === "lsm") {
    return { engine: lsmEngine(engine.server), layout: layoutFor({ layout: "lsm", excluded: engine.excluded }) };
  }
  if (engine.kind === "mariadb") {
    return { engine: mariadbEngine({ ...engine, dataDir }), layout: mariadbLayout(engine.method) };
  }
  const layout = layoutFor(files as FilesConfig); // the schema sees to it that these engines have it
  return engine.kind === "grpc" ? { engine: grpcEngine(engine), layout } : { engine: execEngine(engine), layout };
}
