// Schemas of what several configurations have. Each message goes on after `engine.address is "foo": `.
import { isAbsolute, normalize } from "node:path";
import { z } from "zod";
import { parseAddress } from "./address.ts";
import { type DurationLimits, parseDuration } from "./duration.ts";
import { logLevels } from "./log.ts";
import { Secret } from "./secret.ts";

/** "500ms" in the file, milliseconds in the configuration. */
export function duration(limits: DurationLimits = {}) {
  const error = "must be a duration, such as 500ms, 10s or 2m";
  return z.union([z.string(), z.number()], { error }).transform(parsedBy((value) => parseDuration(value, limits)));
}

/** "127.0.0.1:7421"; stays text. Port 0 lets the system choose. */
export function address() {
  return z.string({ error: "must be HOST:PORT, such as 127.0.0.1:7421" }).superRefine((value, context) => {
    parsedBy(parseAddress)(value, context);
  });
}

/** Full, and without ".." or "//" in it. */
export function absolutePath() {
  const error = 'must be a full path, such as "/var/lib/db1"';
  return z
    .string({ error })
    .refine((path) => isAbsolute(path) && normalize(path) === path && !path.includes("\0"), { error });
}

export function nonEmptyText(error: string) {
  return z.string({ error }).min(1, { error });
}

/**
 * The only way to take a secret: no message shows it, what is logged or printed of it is "…", and a file that has one in it
 * must be kept from others (secret-file.ts).
 */
export function secret() {
  return z
    .string({ error: "must be text" })
    .min(1, { error: "must be text" })
    .meta({ secret: true })
    .transform((text) => new Secret(text));
}

export function logLevel() {
  return z.enum(logLevels).default("info");
}

function parsedBy<T>(parse: (text: string) => T) {
  return (value: string | number, context: z.RefinementCtx): T => {
    try {
      return parse(String(value));
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as RangeError).message, continue: false });
      return z.NEVER;
    }
  };
}
