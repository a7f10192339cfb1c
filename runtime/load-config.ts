// Configuration of a service: a YAML file, then STILLPOINT_* variables over it, then the schema, which has the last word.
// Nothing is ignored: an unknown key and an unknown variable are errors, and all that is wrong is said at once. A secret is
// never said, and a file that has one in it must be kept from others.
import { isMap } from "yaml";
import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type ConfigKey, keysOf, valueFromVariable, variablePrefix } from "./config-keys.ts";
import { allowed, problemsOf, shown } from "./config-problems.ts";
import { nearest } from "./nearest.ts";
import { mustBeKept } from "./secret-file.ts";
import { parseYaml, readTextFile, valuesOf } from "./yaml-file.ts";

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
  const config = file === undefined ? {} : await readFrom(file, keys);
  for (const key of fromVariables) put(config, key, valueFromVariable(key, variables[key.variable] ?? ""), keys);
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

async function readFrom(file: string, keys: readonly ConfigKey[]): Promise<Mapping> {
  const { text, stats } = await readTextFile(file);
  const document = parseYaml(text, file);
  const values = document.contents === null ? {} : valuesOf(document.contents, document, file);
  const secret = keys.find((key) => key.secret && hasValue(values, key.path.at(-1) as string));
  if (secret !== undefined && stats.isFile()) mustBeKept(file, stats, `has the secret ${secret.path.join(".")} in it`);
  if (document.contents !== null && !isMap(document.contents)) {
    throw new ConfigError([`${file}: must be a mapping of keys to values`]);
  }
  return values as Mapping;
}

/** Wherever it stands: also what is in the wrong place is a secret. */
function hasValue(values: unknown, name: string): boolean {
  if (typeof values !== "object" || values === null) return false;
  return Object.entries(values).some(([key, value]) => key === name || hasValue(value, name));
}

/** Variables win over the file, but do not turn the file's text into a mapping behind its back. */
function put(config: Mapping, { path, variable }: ConfigKey, value: unknown, keys: readonly ConfigKey[]): void {
  let mapping = config;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    mapping[name] ??= {};
    const next = mapping[name];
    if (typeof next !== "object" || Array.isArray(next)) {
      const parent = path.slice(0, depth + 1).join(".");
      throw new ConfigError([
        `${variable}: ${parent} is ${shown(next, keys, path.slice(0, depth + 1))} already, not a mapping`,
      ]);
    }
    mapping = next as Mapping;
  }
  mapping[path.at(-1) as string] = value;
}
