// How to write to the server of a configuration: by the commands of its section `check`.
import { StillpointError } from "../../proto/errors.ts";
import type { AgentConfig } from "../config.ts";
import { commandProbe } from "./command-probe.ts";
import type { WriteProbe } from "./probe.ts";

/** @throws StillpointError invalid */
export function probeOf({ check, engine }: AgentConfig): WriteProbe {
  if (check !== undefined) return commandProbe(check);
  throw new StillpointError(
    "invalid",
    `the configuration has no section check, and engine ${engine.kind} cannot write`,
    {
      hint: "give check: { write: [program, …], count: [program, …] }: a command that makes one write, and one that counts them",
    },
  );
}
