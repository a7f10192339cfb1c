// How to write to the server of a configuration: by the commands of its section `check`, or as the engine's protocol does it.
import { StillpointError } from "../../proto/errors.ts";
import type { AgentConfig } from "../config.ts";
import { commandProbe } from "./command-probe.ts";
import type { WriteProbe } from "./probe.ts";
import { redisProbe } from "./redis-probe.ts";

/** @throws StillpointError invalid */
export function probeOf({ check, engine }: AgentConfig): WriteProbe {
  if (check !== undefined) return commandProbe(check);
  if (engine.kind === "redis") return redisProbe(engine);
  throw new StillpointError(
    "invalid",
    `the configuration has no section check, and engine ${engine.kind} cannot write`,
    {
      hint: "give check: { write: [program, …], count: [program, …] }: a command that makes one write, and one that counts them",
    },
  );
}
