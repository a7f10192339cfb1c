// A Plan as YAML. `DBServers: { db1: { agent: "127.0.0.1:7421" } }` is the key DBServers/db1 with the JSON of its value;
// a section that is not a mapping is a key by itself.
import { type Document, isAlias, isMap, isScalar, type Pair, stringify } from "yaml";
import { ConfigError } from "../runtime/config-error.ts";
import { parseYaml, valuesOf } from "../runtime/yaml-file.ts";

export interface PlanFileEntry {
  key: string;
  /** JSON text. */
  value: string;
}

const allowedName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * @param file for messages
 * @throws ConfigError that names file, line and key
 */
export function parsePlanFile(text: string, file: string): PlanFileEntry[] {
  const document = parseYaml(text, file);
  const fail = (pair: Pair, key: string, problem: string): never => {
    throw new ConfigError([`${file}: line ${lineOf(pair, text)}: ${key} ${problem}`]);
  };
  const nameOf = (pair: Pair, prefix = ""): string => {
    const name = isScalar(pair.key) ? String(pair.key.value) : "";
    if (allowedName.test(name)) return `${prefix}${name}`;
    const rule = "is not a name: 1 to 200 of the characters A-Z a-z 0-9 . _ -, the first a letter or digit";
    return fail(pair, JSON.stringify(`${prefix}${name}`), rule);
  };
  const entryOf = (pair: Pair, key: string): PlanFileEntry => {
    const value = isNode(pair.value) ? valuesOf(pair.value, document, file) : null;
    const problem = notJson(value);
    return problem === undefined ? { key, value: JSON.stringify(value) } : fail(pair, key, problem);
  };

  const sections = isMap(document.contents) ? (document.contents.items as Pair[]) : [];
  if (sections.length === 0)
    throw new ConfigError([`${file}: must be a mapping with a section at least, such as DBServers`]);
  return sections.flatMap((section) => {
    const name = nameOf(section);
    const content = isAlias(section.value) ? section.value.resolve(document) : section.value;
    if (!isMap(content)) return [entryOf(section, name)];
    if (content.items.length === 0) fail(section, name, "is empty: a section must have an entry at least");
    return content.items.map((pair) => entryOf(pair as Pair, nameOf(pair as Pair, `${name}/`)));
  });
}

/** The same the other way round. A key of more than two parts stays one name, which parsePlanFile does not take. */
export function formatPlanFile(entries: Readonly<Record<string, unknown>>): string {
  const sections: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries)) {
    const [section = "", ...rest] = key.split("/");
    if (rest.length === 0) sections[section] = value;
    else sections[section] = { ...(sections[section] as object | undefined), [rest.join("/")]: value };
  }
  return stringify(sections, { lineWidth: 0 }).trimEnd();
}

/** Why JSON cannot have the value, if so. */
function notJson(value: unknown): string | undefined {
  if (value === null || value === undefined) return "has no value";
  return hasStrangeNumber(value) ? "has a number that JSON cannot carry exactly: put it in quotes" : undefined;
}

function hasStrangeNumber(value: unknown): boolean {
  if (typeof value === "number")
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  return typeof value === "object" && value !== null && Object.values(value).some(hasStrangeNumber);
}

interface YamlNode {
  toJS(document: Document): unknown;
}

function isNode(value: unknown): value is YamlNode {
  return typeof value === "object" && value !== null && "toJS" in value;
}

function lineOf({ key }: Pair, text: string): number {
  const [offset = 0] = (key as { range?: [number, number, number] | null }).range ?? [];
  return text.slice(0, offset).split("\n").length;
}
