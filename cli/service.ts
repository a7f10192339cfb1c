// Runs one of the two services: configuration, log, signals.
import { Option } from "commander";
import type { z } from "zod";
import type { Log, LogLevel } from "../runtime/log.ts";
import { runUntilSignal, type ShutdownEvent } from "../runtime/shutdown.ts";
import { securityVariables } from "./security.ts";

/** Variables that the command itself reads. */
const otherVariables = ["STILLPOINT_COORDINATOR", "STILLPOINT_DEBUG", ...securityVariables];
const graceMs = 20_000;

type Run<Config> = (config: Config, log: Log, stop: AbortSignal) => Promise<void>;

export function configOption(): Option {
  return new Option("--config <file>", "YAML; STILLPOINT_* variables win over it, or replace it");
}

/** A configuration of the file and the variables of this process. */
export interface ConfigSource {
  file: string | undefined;
  variables: NodeJS.ProcessEnv;
  otherVariables: readonly string[];
}

export function configSource(file: string | undefined): ConfigSource {
  return { file, variables: process.env, otherVariables };
}

export async function runService<Schema extends z.ZodType<{ logLevel: LogLevel }>>(
  name: string,
  schema: Schema,
  file: string | undefined,
  run: Run<z.output<Schema>>,
): Promise<void> {
  const { loadConfig } = await import("../runtime/load-config.ts");
  const { openLog } = await import("../runtime/log.ts");
  const config = await loadConfig(schema, configSource(file));
  const log = openLog(name, config.logLevel);
  await runUntilSignal((stop) => run(config, log, stop), { graceMs, report: (event) => record(event, log) });
}

function record(event: ShutdownEvent, log: Log): void {
  if (event.kind === "stopping") log.info({ signal: event.signal }, "stopping");
  else if (event.kind === "forced") log.fatal(`ended at once: ${event.why}`);
  else log.fatal({ err: event.error }, "crashed");
}
