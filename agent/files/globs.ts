// A layout from globs: whoever runs an engine that Stillpoint does not know says which class its files belong to.
import picomatch from "picomatch";
import { StillpointError } from "../../proto/errors.ts";
import type { FileClass, FileLayout } from "./layout.ts";

/** Globs match paths below the data directory: "*.sst" only what is directly in it, "**\/*.sst" at any depth. */
export interface FileGlobs {
  immutable?: readonly string[];
  appendOnly?: readonly string[];
  replaced?: readonly string[];
  mutable?: readonly string[];
  excluded?: readonly string[];
}

export type Matcher = (path: string) => boolean;

/**
 * A path that several globs match belongs to the class that is safer for it: excluded, then append-only, replaced,
 * immutable, mutable. What none matches is mutable: a copy under the lock is always right, never fast.
 * @throws StillpointError invalid
 */
export function globLayout(globs: FileGlobs): FileLayout {
  const classes: [Matcher, FileClass][] = [
    [matcherOf(globs.excluded ?? []), "excluded"],
    [matcherOf(globs.appendOnly ?? []), "append-only"],
    [matcherOf(globs.replaced ?? []), "replaced"],
    [matcherOf(globs.immutable ?? []), "immutable"],
    [matcherOf(globs.mutable ?? []), "mutable"],
  ];
  return {
    kind: "globs",
    classify: (path) => classes.find(([matches]) => matches(path))?.[1] ?? "mutable",
    fingerprint: () => Promise.resolve(""),
    orphans: () => Promise.resolve([]),
  };
}

/**
 * Any character may be in a name: those that begin with a dot match like others, and so do those with line breaks (flag s).
 * "[!a]" is as in a shell: any character but "a".
 */
const options = { dot: true, strictBrackets: true, flags: "s", posix: true };

/** @throws StillpointError invalid */
export function matcherOf(globs: readonly string[]): Matcher {
  const matchers = globs.map(compile);
  return (path) => matchers.some((matches) => matches(path));
}

function compile(glob: string): Matcher {
  const problem = problemOf(glob);
  if (problem !== undefined) throw badGlob(glob, problem);
  try {
    return picomatch(glob, options);
  } catch (error) {
    throw badGlob(glob, error instanceof Error ? error.message : String(error));
  }
}

/** "!x", but not "!(x)", which is about a part of a name. */
const negated = /^(\.\/)*!(?!\([^?])/;

/** What would compile and match nothing, or much more than was meant: "!x" is not an exception, but all that is not x. */
function problemOf(glob: string): string | undefined {
  if (glob === "") return "it is empty";
  if (glob.startsWith("/")) return 'globs are relative to the data directory: it must not begin with "/"';
  if (glob.endsWith("/")) return 'it matches no file: end it with "/**" for all that is in that directory';
  if (glob.split("/").includes("..")) return 'there is nothing above the data directory: it must not have ".."';
  if (negated.test(glob)) return 'it means all but that: it must not begin with "!"';
  return undefined;
}

function badGlob(glob: string, problem: string): StillpointError {
  return new StillpointError("invalid", `the glob "${glob}" cannot be used: ${problem}`, {
    hint: 'globs are like "*.sst", "**/*.log" or "cache/**"',
  });
}
