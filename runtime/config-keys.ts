// The keys that a configuration may have, read from its schema, and the environment variable that stands for each:
// `engine.commandTimeout` is STILLPOINT_ENGINE_COMMAND_TIMEOUT.
import { z } from "zod";

export const variablePrefix = "STILLPOINT_";

export interface ConfigKey {
  path: readonly string[];
  variable: string;
  type: "text" | "number" | "boolean" | "list";
  /** Its value may be shown to nobody. */
  secret: boolean;
}

/** The part of a JSON schema that tells its keys. */
interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  secret?: boolean;
}

/** All keys that have a value of their own; those of all variants of a union. In the order of the schema. */
export function keysOf(schema: z.ZodType): ConfigKey[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const keys = new Map<string, ConfigKey>();
  for (const key of keysBelow(json, [])) if (!keys.has(key.variable)) keys.set(key.variable, key);
  return [...keys.values()];
}

/** What stands in the variable, as what would stand in the file. */
export function valueFromVariable(key: ConfigKey, text: string): unknown {
  switch (key.type) {
    case "number":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text === "true" || (text === "false" ? false : text);
    case "list":
      return listFrom(text);
    case "text":
      return text;
  }
}

function keysBelow(schema: JsonSchema, path: readonly string[]): ConfigKey[] {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants.flatMap((variant) => keysBelow(variant, path));
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, below]) => keysBelow(below, [...path, name]));
  }
  return [{ path, variable: variableOf(path), type: typeOf(schema), secret: schema.secret === true }];
}

function variableOf(path: readonly string[]): string {
  return variablePrefix + path.map((name) => name.replace(/[A-Z]/g, "_$&").toUpperCase()).join("_");
}

function typeOf({ type }: JsonSchema): ConfigKey["type"] {
  if (type === "array") return "list";
  if (type === "boolean") return "boolean";
  return type === "number" || type === "integer" ? "number" : "text";
}

/** JSON, or words between commas. */
function listFrom(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return text === "" ? [] : text.split(",").map((word) => word.trim());
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
