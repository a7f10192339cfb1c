// Says what a schema found wrong, for a person: where, the value, and what is allowed.
import type { z } from "zod";
import type { ConfigKey } from "./config-keys.ts";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface Origin {
  /** The file; undefined if all comes from variables. */
  file: string | undefined;
  keys: readonly ConfigKey[];
  /** Keys whose value comes from a variable. */
  fromVariables: readonly ConfigKey[];
}

/** What is allowed, where the schema does not say it itself. */
export const allowed: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${listed(issue.values)}`;
    case "invalid_union":
      return issue.discriminator === undefined ? "is not allowed" : `must be one of ${listed(issue.options)}`;
    case "invalid_type":
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `must be ${issue.minimum} at least`;
    case "too_big":
      return `must be ${issue.maximum} at most`;
    default:
      return "is not allowed";
  }
};

function listed(values: unknown): string {
  return Array.isArray(values) ? values.filter((value) => value !== undefined).join(", ") : String(values);
}

const typeNames: Record<string, string> = {
  array: "a list",
  boolean: "true or false",
  number: "a number",
  string: "text",
};

export function problemsOf(issues: readonly Issue[], config: unknown, origin: Origin): string[] {
  return issues.flatMap((issue) => issuesOf(issue)).flatMap((issue) => problemOf(issue, config, origin));
}

/** For a union, the issues of the variant that is nearest to what was written; if none is even of its type, the union's. */
function issuesOf(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const variants = issue.errors.filter((variant) => !variant.some(isOfAnotherType));
  const [best] = variants.toSorted((left, right) => countOf(left) - countOf(right));
  if (best === undefined) return [issue];
  return best.flatMap((inner) => issuesOf({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isOfAnotherType({ path, code }: Issue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}

function countOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
}

function problemOf(issue: Issue, config: unknown, origin: Origin): string[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], origin));
  const source = sourceOf(path, origin);
  const value = valueAt(config, path);
  if (value !== undefined) {
    return [`${source}${nameOf(path)} is ${shown(value, origin.keys, path)}: ${wish(issue, origin)}`];
  }
  const variable = origin.keys.find((key) => isBelow(key.path, path))?.variable;
  const way = origin.file === undefined && variable !== undefined ? ` (set ${variable}, or give a file)` : "";
  return [`${source}${nameOf(path)} is missing: ${wish(issue, origin)}${way}`];
}

function wish(issue: Issue, { keys }: Origin): string {
  const isMapping = issue.code === "invalid_type" && issue.expected === "object";
  return isMapping ? `must be a mapping with keys of ${childrenOf(issue.path, keys).join(", ")}` : issue.message;
}

function unknownKey(path: Path, origin: Origin): string {
  const [parent, written, source] = [path.slice(0, -1), String(path.at(-1)), sourceOf(path, origin)];
  const siblings = childrenOf(parent, origin.keys);
  if (siblings.includes(written))
    return `${source}${nameOf(path)} does not go with the other keys of ${nameOf(parent)}`;
  const [word = ""] = /^[\w-]{0,40}/.exec(written) ?? [];
  const name = word === written ? word : `${word}…`; // "password:abc", with the space forgotten
  const meant = nearest(word, siblings);
  const help = meant === undefined ? `allowed are ${siblings.join(", ")}` : `did you mean "${meant}"?`;
  return `${source}unknown key "${nameOf([...parent, name])}": ${help}`;
}

/** The keys that may stand in a mapping. */
function childrenOf(path: Path, keys: readonly ConfigKey[]): string[] {
  const below = keys.filter((key) => isBelow(key.path, path)).flatMap((key) => key.path[path.length] ?? []);
  return [...new Set(below)];
}

/** Where the value was written: a variable, or the file. */
function sourceOf(path: Path, { file, fromVariables }: Origin): string {
  const variable = fromVariables.find((key) => isBelow(path, key.path) || isBelow(key.path, path))?.variable;
  const source = variable ?? file;
  return source === undefined ? "" : `${source}: `;
}

function isBelow(path: Path, above: Path): boolean {
  return above.every((part, index) => path[index] === part);
}

/** `engine.stop[0]` */
function nameOf(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

function valueAt(config: unknown, path: Path): unknown {
  return path.reduce((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], config);
}

/** A value for a message, without the secrets in it. */
export function shown(value: unknown, keys: readonly ConfigKey[], path: Path = []): string {
  const secrets = keys.filter((key) => key.secret).map((key) => key.path.at(-1));
  const isSecret = (name: PropertyKey | undefined) => secrets.some((each) => each === name);
  if (path.some(isSecret)) return "not usable";
  const hidden = (name: string, inner: unknown) => {
    if (isSecret(name)) return "…";
    return typeof inner === "string" ? inner.replace(/^.*@/s, "…@") : inner; // user:password@host
  };
  const text = JSON.stringify(value, hidden) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
