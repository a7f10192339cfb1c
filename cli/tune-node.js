// How Node runs us. Plain JavaScript, to come before everything else: what is compiled is kept under a key that the flags are part of.
import module from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

/** A service waits most of its life, beside a database that needs the memory (docs/STALL.md, "Footprint"). */
const flags = [
  // the room for new objects stays at 1 MiB: it grows to 16 while the code is loaded, and is never given back
  "--semi-space-growth-factor=1",
  // the old ones are collected when a third of what V8 would allow itself is used up, not all of it
  "--incremental-marking-soft-trigger=30",
  // no function is optimised before it is really hot: loading alone calls some of them 10,000 times; hot loops are, as ever
  "--minimum-invocations-before-optimization=100000",
];

/** Halves the time to start, and saves 25 MiB; where it cannot be written to, nothing else is lost. */
const compiled =
  process.env.CACHE_DIRECTORY ?? // systemd's, where the rest of the system is read-only
  fileURLToPath(new URL("../node_modules/.cache/stillpoint", import.meta.url));

export function tuneNode() {
  for (const flag of flags) setFlagsFromString(flag);
  module.enableCompileCache(compiled);
}
