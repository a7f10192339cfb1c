// What the Plan means to a backup: which servers there are, how it is written into every piece (plan.json), and what a
// restore makes of it. Pure.
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { messageOf, StillpointError } from "../proto/errors.ts";
import { printable } from "../proto/names.ts";
import { parseAddress } from "../runtime/address.ts";
import { parseJson } from "../runtime/json.ts";
import type { Plan, PlanChange } from "./agency/agency.ts";

export interface ServerAddress {
  id: string;
  /** "host:port". */
  agent: string;
}

export interface KeyAndValue {
  key: string;
  value: Buffer;
}

export interface Dump {
  planRevision: number;
  entries: KeyAndValue[];
}

const serversPrefix = "DBServers/";
const serverId = /^[A-Za-z0-9._-]{1,100}$/;
const applyHint = "write the servers and their agents with stillpoint plan apply FILE";

const serverSchema = z.looseObject(
  {
    agent: z.string("must be HOST:PORT").superRefine((text, context) => {
      try {
        if (parseAddress(text).port === 0) context.addIssue("must have a port other than 0");
      } catch (error) {
        context.addIssue(messageOf(error));
      }
    }),
  },
  'must be a JSON object such as {"agent": "db1.internal:7421"}',
);

/** The servers that the Plan names, by id. */
export function serversOf({ entries }: { entries: readonly KeyAndValue[] }): ServerAddress[] {
  const servers = entries.filter(isServerEntry).map(serverOf);
  if (servers.length === 0) throw new StillpointError("topology", "the Plan names no servers", { hint: applyHint });
  refuseSharedAgents(servers);
  return servers.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function serverOf({ key, value }: KeyAndValue): ServerAddress {
  const id = key.slice(serversPrefix.length);
  if (!serverId.test(id)) {
    throw invalidEntry(key, value, "a server's id has 1 to 100 characters of A-Z a-z 0-9 . _ -");
  }
  const parsed = serverSchema.safeParse(parseJson(value));
  if (!parsed.success) throw invalidEntry(key, value, firstIssue(parsed.error));
  return { id, agent: parsed.data.agent };
}

function invalidEntry(key: string, value: Buffer, why: string): StillpointError {
  const message = `the Plan's entry "${printable(key, 300)}" is "${printable(value.toString(), 200)}": ${why}`;
  return new StillpointError("invalid", message, { hint: applyHint });
}

function refuseSharedAgents(servers: ServerAddress[]): void {
  const byAgent = new Map<string, string>();
  for (const { id, agent } of servers) {
    const other = byAgent.get(agent);
    if (other !== undefined) {
      const message = `the servers "${other}" and "${id}" of the Plan have the same agent "${agent}"`;
      throw new StillpointError("topology", message, { hint: `each server has an agent of its own; ${applyHint}` });
    }
    byAgent.set(agent, id);
  }
}

/** What has to be written and removed to make the Plan what is wanted. */
export function changeBetween(current: { entries: readonly KeyAndValue[] }, wanted: KeyAndValue[]): PlanChange {
  const before = new Map(current.entries.map(({ key, value }) => [key, value]));
  const after = new Set(wanted.map(({ key }) => key));
  return {
    put: wanted.filter(({ key, value }) => !before.get(key)?.equals(value)).map(({ key, value }) => ({ key, value })),
    remove: [...before.keys()].filter((key) => !after.has(key)),
  };
}

/**
 * The Plan of a backup for today's cluster, whose servers may have other ids (`newIds`: from an id in the backup to the
 * id of the server that gets its data).
 *
 * `DBServers/…` is what it is today, whatever the backup says: where the agents are is a fact of today's cluster, and it
 * is the servers' data that goes back in time, not their machines. Everywhere else an old id becomes the new one where it
 * stands alone: as a part of a key between slashes, as a JSON string (a value or a name, at any depth), or as the whole of
 * a value that is no JSON. Inside a longer text it stays, because there it may be a part of another word. So an id should
 * not be a word that the Plan uses for something else. All other bytes stay as they are.
 */
export function renameServers(
  entries: KeyAndValue[],
  newIds: ReadonlyMap<string, string>,
  current: { entries: readonly KeyAndValue[] },
): KeyAndValue[] {
  const renamed = (text: string) => newIds.get(text) ?? text;
  const todays = current.entries.filter(isServerEntry).map(({ key, value }) => ({ key, value }));
  const restored = entries
    .filter((entry) => !isServerEntry(entry))
    .map(({ key, value }) => ({ key: key.split("/").map(renamed).join("/"), value: renamedIn(value, renamed) }));
  refuseRepeatedKeys(restored, (key) => {
    const hint = "give the servers ids with --map that the Plan of the backup does not use yet";
    return new StillpointError("topology", `two entries of the backup's Plan would both become "${key}"`, { hint });
  });
  return [...todays, ...restored];
}

function isServerEntry({ key }: KeyAndValue): boolean {
  return key.startsWith(serversPrefix);
}

/** In valid JSON every quotation mark begins or ends a string, so the strings are found without reading the rest. */
function renamedIn(value: Buffer, renamed: (text: string) => string): Buffer {
  if (!isUtf8(value)) return value;
  const text = value.toString();
  if (parseJson(value) === undefined) return Buffer.from(renamed(text));
  const renamedString = (literal: string) => {
    const before: string = JSON.parse(literal);
    const after = renamed(before);
    return after === before ? literal : JSON.stringify(after);
  };
  return Buffer.from(text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"/g, renamedString));
}

const dumpVersion = 1;
const key = z.string().min(1);
const dumpSchema = z.strictObject({
  formatVersion: z.literal(dumpVersion),
  planRevision: z.int().nonnegative(),
  entries: z.array(
    z.union([z.strictObject({ key, value: z.string() }), z.strictObject({ key, valueBase64: z.base64() })]),
  ),
});

/** plan.json: for people, text where a value is text; base64 where it is not, so that every byte survives. */
export function dumpOf({ revision, entries }: Plan): Buffer {
  const dump: z.input<typeof dumpSchema> = {
    formatVersion: dumpVersion,
    planRevision: revision,
    entries: entries.map(({ key, value }) =>
      isUtf8(value) ? { key, value: value.toString() } : { key, valueBase64: value.toString("base64") },
    ),
  };
  return Buffer.from(`${JSON.stringify(dump, null, 2)}\n`);
}

/** @throws StillpointError corrupt, or version if a newer Stillpoint wrote it */
export function parseDump(bytes: Buffer): Dump {
  const json = isUtf8(bytes) ? parseJson(bytes) : undefined;
  refuseNewerDump(json);
  const parsed = dumpSchema.safeParse(json);
  if (!parsed.success) throw damagedDump(firstIssue(parsed.error));
  const entries = parsed.data.entries.map((entry) => ({
    key: entry.key,
    value: "value" in entry ? Buffer.from(entry.value) : Buffer.from(entry.valueBase64, "base64"),
  }));
  refuseRepeatedKeys(entries, (key) => damagedDump(`it has the key "${key}" twice`));
  return { planRevision: parsed.data.planRevision, entries };
}

function refuseNewerDump(json: unknown): void {
  const version = z.object({ formatVersion: z.int() }).safeParse(json).data?.formatVersion ?? 0;
  if (version > dumpVersion) {
    throw new StillpointError("version", `the Plan's dump has format ${version}, newer than ${dumpVersion}`);
  }
}

function damagedDump(why: string): StillpointError {
  return new StillpointError("corrupt", `the Plan's dump is damaged: ${why}`);
}

function refuseRepeatedKeys(entries: KeyAndValue[], error: (key: string) => StillpointError): void {
  const seen = new Set<string>();
  for (const { key } of entries) {
    if (seen.has(key)) throw error(key);
    seen.add(key);
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  const what = issue?.message.replace("received undefined", "and there is none") ?? "";
  return `${issue?.path.join(".") ?? ""} ${what}`.trim();
}
