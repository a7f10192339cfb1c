// The engine that a configuration names, and the layout of its files.
import type { AgentConfig } from "./config.ts";
import type { Engine } from "./engines/engine.ts";
import { execEngine } from "./engines/exec.ts";
import { grpcEngine } from "./engines/grpc.ts";
import type { FileLayout } from "./files/layout.ts";
import { layoutFor } from "./files/layouts.ts";

/** @throws StillpointError invalid, for a bad glob or address */
export function engineOf({ engine, files }: AgentConfig): { engine: Engine; layout: FileLayout } {
  const layout = layoutFor(files);
  return engine.kind === "grpc" ? { engine: grpcEngine(engine), layout } : { engine: execEngine(engine), layout };
}
