// Configuration files damaged in any way: either they say what to do, or a sentence names the file. Nothing else is thrown.
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentConfig } from "../../agent/config.ts";
import { parsePlanFile } from "../../cli/plan-file.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { ConfigError } from "../../runtime/config-error.ts";
import { loadConfig } from "../../runtime/load-config.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const agentYaml = `server: db1
dataDir: /var/lib/db1
engine: { kind: exec, stop: [a, "b c"], resume: [d], commandTimeout: 10s }
files: { layout: rocksdb, excluded: ["*.tmp"] }
`;
const coordinatorYaml = `agency:
  kind: etcd
  endpoints: ["http://a:2379", "b:2379"]
  username: root
  password: secret
backup: { timeout: 2m, patience: 0.5 }
`;
const planYaml = 'DBServers:\n  db1: { agent: "a:1" }\nCollections: [1, { a: null }]\n';

const hostile = [
  "__proto__: { polluted: true }",
  "? [a, b]\n: c",
  "a: &a [*a]",
  "a: &a [x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]",
  "[".repeat(300),
  `${"a: {".repeat(500)}`,
  "agency: !!binary aaaa",
  "<<: *x",
  "agency: { kind: etcd, kind: embedded }",
  "\0",
  "\ufeffserver: db1",
  "server: !!js/function 'x'",
];

/** Bits, bytes, keys and whole values that are not what they were. */
function damaged(yaml: string): fc.Arbitrary<Buffer> {
  const good = Buffer.from(yaml);
  const flipped = fc.tuple(fc.nat(good.length - 1), fc.nat(7)).map(([at, bit]) => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    return bytes;
  });
  const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
  const value = fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.constantFrom(...hostile));
  const exchanged = fc.tuple(fc.nat(good.length), value).map(([at, text]) => {
    return Buffer.concat([good.subarray(0, at), Buffer.from(text), good.subarray(at)]);
  });
  return fc.oneof(
    flipped,
    cut,
    exchanged,
    value.map((text) => Buffer.from(text)),
  );
}

async function problemOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectSentences(error: unknown, file: string): void {
  if (error === undefined) return;
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message).toContain(file);
  expect(message.length).toBeLessThan(5_000);
  expect(message).not.toMatch(/undefined|\[object/);
}

describe.each([
  ["agent.yaml", agentConfig, agentYaml],
  ["coordinator.yaml", coordinatorConfig, coordinatorYaml],
])("%s", (name, schema, yaml) => {
  it("may be damaged anywhere", async () => {
    const file = join(await temporaryDirectory(), name);
    await fc.assert(
      fc.asyncProperty(damaged(yaml), async (bytes) => {
        await writeFile(file, bytes, { mode: 0o600 });
        expectSentences(await problemOf(() => loadConfig(schema, { file, variables: {} })), file);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect({}).not.toHaveProperty("polluted");
  });

  it.each<[string, (file: string) => Promise<unknown>]>([
    ["a directory", (file) => mkdir(file)],
    ["100 MB long", (file) => writeFile(file, "").then(() => truncate(file, 100_000_000))],
  ])("may be %s", async (_what, make) => {
    const file = join(await temporaryDirectory(), name);
    await make(file);
    expectSentences(await problemOf(() => loadConfig(schema, { file, variables: {} })), file);
  });
});

it("a Plan file may be damaged anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(damaged(planYaml), async (bytes) => {
      expectSentences(await problemOf(() => parsePlanFile(bytes.toString(), "plan.yaml")), "plan.yaml");
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
