// Configuration of a coordinator, as coordinator.yaml has it.
import { hostname } from "node:os";
import { z } from "zod";
import { parseAddress } from "../runtime/address.ts";
import { absolutePath, address, duration, logLevel, nonEmptyText, secret } from "../runtime/config-schemas.ts";
import { dayMs } from "../runtime/duration.ts";
import { checkSecurity, securityKeys, tls } from "../runtime/security-config.ts";

const embedded = z.strictObject({ kind: z.literal("embedded"), file: absolutePath() });

const endpointsAllowed = 'must be a list of HOST:PORT, with "http://" or "https://" before it or not';
const endpoint = z.string({ error: endpointsAllowed }).refine(isEndpoint, { error: endpointsAllowed });
const rootAllowed = 'must begin with "/" and not end with it, such as /stillpoint';

const etcd = z
  .strictObject({
    kind: z.literal("etcd"),
    endpoints: z.array(endpoint, { error: endpointsAllowed }).min(1, { error: endpointsAllowed }),
    root: z
      .string({ error: rootAllowed })
      .regex(/^(?:\/[A-Za-z0-9._-]+)+$/, { error: rootAllowed })
      .default("/stillpoint"),
    username: secret().exactOptional(),
    password: secret().exactOptional(),
    tls: tls().exactOptional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: "needs username and password, or neither",
    path: [],
  });

const shareAllowed = { error: "must be a number from 0 to 1" };
const share = z.number(shareAllowed).min(0, shareAllowed).max(1, shareAllowed);

/** What a backup does unless its request says otherwise. */
const backup = z
  .strictObject({
    timeout: duration({ minMs: 1, maxMs: dayMs }).default(120_000),
    firstWait: duration({ minMs: 1 }).default(1_000),
    maxWait: duration({ minMs: 1 }).default(45_000),
    hold: duration({ minMs: 1 }).default(5_000),
    maxStall: duration().default(0),
    patience: share.default(0.7),
  })
  .transform(({ timeout, firstWait, maxWait, hold, maxStall, patience }) => ({
    timeoutMs: timeout,
    firstWaitMs: firstWait,
    maxWaitMs: maxWait,
    holdMs: hold,
    /** 0: no limit. */
    maxStallMs: maxStall,
    patience,
  }));

const nameAllowed = "must be text of 1 to 100 characters";

export const coordinatorConfig = z
  .strictObject({
    name: nonEmptyText(nameAllowed).max(100, { error: nameAllowed }).exactOptional(),
    listen: address().default("127.0.0.1:7420"),
    /** Where probes may ask for its health, in plain text: health, and nothing else. */
    healthListen: address().exactOptional(),
    agency: z.discriminatedUnion("kind", [embedded, etcd]),
    claimTtl: duration({ minMs: 1_000 }).default(10_000),
    backup: backup.prefault({}),
    ...securityKeys,
    /** A file with the token that agents know as a coordinator's. */
    agentToken: absolutePath().exactOptional(),
    logLevel: logLevel(),
  })
  .superRefine(checkSecurity)
  .transform(({ name, listen, agency, claimTtl, ...rest }) => ({
    name: name ?? `${hostname()}:${parseAddress(listen).port}`,
    listen,
    agency: { ...agency, claimTtlMs: claimTtl },
    ...rest,
  }));

export type CoordinatorConfig = z.output<typeof coordinatorConfig>;

/** Without a name and password in it: those have keys of their own, which are kept out of the logs. */
function isEndpoint(text: string): boolean {
  try {
    parseAddress(text.replace(/^https?:\/\//, ""));
    return true;
  } catch {
    return false;
  }
}
