// Configuration of a service: a YAML file, then STILLPOINT_* variables over it, then the schema, which has the last word.
// Nothing is ignored: an unknown key and an unknown variable are errors, and all that is wrong is said at once.
import { isMap } from "yaml";
import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type ConfigKey, keysOf, valueFromVariable, variablePrefix } from "./config-keys.ts";
import { allowed, problemsOf } from "./config-problems.ts";
import { nearest } from "./nearest.ts";
import { parseYaml, readText } from "./yaml-file.ts";

export interface ConfigSource {
  /** Path of the file; not needed when the variables say enough. */
  file?: string | undefined;
  variables: Readonly<Record<string, string | undefined>>;
  /** STILLPOINT_* variables that are somebody else's. */
  otherVariables?: readonly string[];
}

type Mapping = Record<string, unknown>;

/** @throws ConfigError */
export async function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  { file, variables, otherVariables = [] }: ConfigSource,
): Promise<z.output<Schema>> {
  const keys = keysOf(schema);
  const names = Object.keys(variables).filter((name) => name.startsWith(variablePrefix));
  refuseUnknown(names, [...keys.map(({ variable }) => variable), ...otherVariables]);
  const fromVariables = keys.filter(({ variable }) => variables[variable] !== undefined);
  const config = file === undefined ? {} : await readFrom(file);
  for (const key of fromVariables) put(config, key, valueFromVariable(key, variables[key.variable] ?? ""));
  const checked = schema.safeParse(config, { error: allowed });
  if (checked.success) return checked.data;
  throw new ConfigError(problemsOf(checked.error.issues, config, { file, keys, fromVariables }));
}

function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(
        name.slice(variablePrefix.length),
        known.map((each) => each.slice(variablePrefix.length)),
      );
      const help = meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${variablePrefix}${meant}?`;
      return `${name}: there is no such variable: ${help}`;
    });
  if (problems.length > 0) throw new ConfigError(problems);
}

async function readFrom(file: string): Promise<Mapping> {
  const document = parseYaml(await readText(file), file);
  if (document.contents === null) return {};
  if (!isMap(document.contents)) throw new ConfigError([`${file}: must be a mapping of keys to values`]);
  return document.toJS() as Mapping;
}

/** Variables win over the file, but do not turn the file's text into a mapping behind its back. */
function put(config: Mapping, { path, variable }: ConfigKey, value: unknown): void {
  let mapping = config;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    mapping[name] ??= {};
    const next = mapping[name];
    if (typeof next !== "object" || Array.isArray(next)) {
      const parent = path.slice(0, depth + 1).join(".");
      throw new ConfigError([`${variable}: ${parent} is ${JSON.stringify(next)} already, not a mapping`]);
    }
    mapping = next as Mapping;
  }
  mapping[path.at(-1) as string] = value;
}
