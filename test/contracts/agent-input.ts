// Whoever can reach an agent may send it anything. Whatever it is, the answer says what is wrong and what to do, nothing is
// done, and the agent works on as before.
import type { MethodDefinition } from "@grpc/proto-loader";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Agent } from "../../proto/agent-contract.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import type { Reason, StillpointError } from "../../proto/errors.ts";
import { maxDumpBytes } from "../../proto/load.ts";
import { rejectionOf } from "../support/error-of.ts";
import { readTree } from "../support/file-tree.ts";
import { dump, nightly, sealFacts, serverFiles, sha256Of } from "../support/test-agent.ts";
import type { AgentUnderTest, OpenAgent } from "./agent.ts";

type MethodName = keyof typeof Agent.service & string;
type Request = Record<string, unknown>;

const limits = { timeoutMs: 30_000, peer: "the agent" };
const run = nightly;
const runAndRound = { run, round: 1 };

/** A request that is right, for each method that has a run. */
const requests = {
  Prepare: { run },
  Lock: { ...runAndRound, waitMs: 0, holdMs: 1000 },
  Snapshot: runAndRound,
  StoreDump: { run, dump, sha256: sha256Of(dump) },
  Release: runAndRound,
  Seal: { run, ...sealFacts },
  Commit: { run },
  Abort: runAndRound,
  DeletePiece: { run },
  StageRestore: { run, pieceServerId: "db1" },
  FlipRestore: { run },
  StartRestored: { run },
  UndoRestore: { run },
  FinishRestore: { run },
} satisfies Partial<Record<MethodName, Request>>;

const withRun = Object.entries(requests) as [MethodName, Request][];

const badIds = [
  "",
  ".",
  "..",
  "../../etc/passwd",
  "/etc/passwd",
  "a/b",
  "a\\b",
  ".staging",
  "a\nb",
  "ä",
  "a".repeat(251),
];
const badRuns: [string, unknown][] = [
  ["no run", null],
  ...badIds.map((backupId): [string, unknown] => [
    `backup_id ${JSON.stringify(backupId.slice(0, 20))}`,
    { backupId, token: 7 },
  ]),
  ...[0, -1, Number.NaN, 2 ** 60].map((token): [string, unknown] => [`token ${token}`, { ...run, token }]),
];

/** Beyond the run. */
const badFields: [MethodName, Request][] = [
  ...["Lock", "Snapshot"].flatMap((method) => numbers(method as MethodName, "round", [0, -1, 1_000_001, Number.NaN])),
  ...["Release", "Abort"].flatMap((method) => numbers(method as MethodName, "round", [-1, 1_000_001])),
  ...numbers("Lock", "waitMs", [-1, 3_600_001, 2 ** 60]),
  ...numbers("Lock", "holdMs", [0, -1, 3_600_001, 2 ** 60, Number.NaN]),
  ...numbers("Seal", "planRevision", [-1, 2 ** 60]),
  ...["", "../x", "a b", "-x", "a".repeat(201)].map((label): [MethodName, Request] => ["Seal", { label }]),
  ...[null, { seconds: 1e15, nanos: 0 }, { seconds: -1, nanos: 0 }].map((createdAt): [MethodName, Request] => [
    "Seal",
    { createdAt },
  ]),
  ...[[], [""], Array(10_001).fill("a server's id")].map((serverIds): [MethodName, Request] => ["Seal", { serverIds }]),
  ...["", "abc", sha256Of(dump).toUpperCase(), "x".repeat(1_000_000)].map((sha256): [MethodName, Request] => [
    "StoreDump",
    { sha256 },
  ]),
  ["StoreDump", { dump: Buffer.from("another") }],
  ...["VerifyPiece", "ReadDump"].flatMap((method) =>
    badIds.map((backupId): [MethodName, Request] => [method as MethodName, { backupId }]),
  ),
  ...badIds.slice(1).map((backupId): [MethodName, Request] => ["ListPieces", { backupId }]),
];

function numbers(method: MethodName, field: string, values: number[]): [MethodName, Request][] {
  return values.map((value) => [method, { [field]: value }]);
}

async function ask({ client }: AgentUnderTest, method: MethodName, request: Request): Promise<void> {
  const definition = Agent.service[method] as MethodDefinition<Request, object, object, object>;
  if (!definition.responseStream) await callUnary(client, definition, request, limits);
  else for await (const _ of callStream(client, definition, request, limits));
}

/** What a person sees. */
function expectHelpful(error: StillpointError | undefined): void {
  expect(error?.hint).not.toBe("");
  expect(error?.message).not.toMatch(/undefined|\[object|\n/);
  expect(error?.message.length).toBeLessThan(600);
}

export function agentInputContract(name: string, open: OpenAgent): void {
  describe(`${name}: a request`, () => {
    it("with a run that is none is invalid, in every call", async () => {
      const opened = await open();
      const asked = withRun.flatMap(([method, request]) =>
        badRuns.map(async ([what, badRun]) => {
          const error = await rejectionOf(ask(opened, method, { ...request, run: badRun }));
          expect(error?.reason, `${method} with ${what}`).toBe("invalid");
          expectHelpful(error);
        }),
      );
      await Promise.all(asked);
      expect(opened.engine.calls).toEqual([]);
    });

    it("with a field that is wrong is invalid", async () => {
      const opened = await open();
      const right: Partial<Record<MethodName, Request>> = requests;
      const asked = badFields.map(async ([method, fields]) => {
        const error = await rejectionOf(ask(opened, method, { ...right[method], ...fields }));
        expect(error?.reason, `${method} with ${JSON.stringify(fields).slice(0, 100)}`).toBe("invalid");
        expectHelpful(error);
      });
      await Promise.all(asked);
      expect(opened.engine.calls).toEqual([]);
      expect(await readTree(opened.dataDir)).toEqual({ ...serverFiles, sub: "/", cache: "/" });
    });

    it("with a dump that is too large is invalid", async () => {
      const opened = await open();
      const large = Buffer.alloc(maxDumpBytes + 1);
      const error = await rejectionOf(ask(opened, "StoreDump", { run, dump: large, sha256: sha256Of(large) }));
      expect(error).toMatchObject({ reason: "invalid", message: "the dump has 67108865 bytes, more than 64.0 MiB" });
    });

    it.each<[MethodName, Request, Reason]>([
      ["Snapshot", runAndRound, "hold-lost"],
      ["Seal", { run, ...sealFacts }, "not-found"],
      ["Commit", { run }, "not-found"],
      ["VerifyPiece", { backupId: "unknown" }, "not-found"],
      ["ReadDump", { backupId: "unknown" }, "not-found"],
      ["StageRestore", { run, pieceServerId: "x".repeat(1_000_000) }, "not-found"],
      ["FlipRestore", { run }, "not-found"],
    ])("%s of a backup that nobody knows says so", async (method, request, reason) => {
      const opened = await open();
      const error = await rejectionOf(ask(opened, method, request));
      expect(error?.reason).toBe(reason);
      expectHelpful(error);
    });

    it("may say anything whatsoever: the answer is never internal, and the agent works on", async () => {
      const opened = await open();
      await fc.assert(
        fc.asyncProperty(anyRequest, async ([method, request]) => {
          const error = await rejectionOf(ask(opened, method, request));
          expect(error?.reason).not.toBe("internal");
          if (error !== undefined) expectHelpful(error);
        }),
        { numRuns: 200 },
      );
      const newest = { ...run, token: Number.MAX_SAFE_INTEGER, backupId: "newest" };
      await opened.port.abort(newest, 1_000_000).catch(() => {});
      expect(await opened.port.describe(true, new AbortController().signal)).toMatchObject({
        healthy: true,
        hold: { phase: "PHASE_FREE" },
        pendingRestore: "",
      });
      expect(await readTree(opened.dataDir)).toEqual({ ...serverFiles, sub: "/", cache: "/" });
    });
  });
}

const anyText = fc.oneof(fc.constantFrom(run.backupId, "other", "db1", ...badIds), fc.string({ maxLength: 30 }));
const anyNumber = fc.oneof(fc.integer({ min: -2, max: 5 }), fc.integer(), fc.maxSafeInteger());
const goodRun = fc.record({ backupId: fc.constant(run.backupId), token: fc.constantFrom(7, 8) });
const anyRun = fc.oneof(
  { arbitrary: goodRun, weight: 3 },
  { arbitrary: fc.option(fc.record({ backupId: anyText, token: anyNumber })), weight: 1 },
);
const anyTime = fc.option(fc.record({ seconds: anyNumber, nanos: fc.integer() }));

/** Waits are short, so that a run of tests is. */
const anyRequest = fc.tuple(
  fc.constantFrom(...(Object.keys(Agent.service) as MethodName[])),
  fc.record({
    run: anyRun,
    round: anyNumber.map((number) => Math.max(-(2 ** 31), Math.min(number, 2 ** 31 - 1))),
    waitMs: fc.integer({ min: -5, max: 5 }),
    holdMs: fc.oneof(fc.integer({ min: 1, max: 1000 }), anyNumber),
    abortBlockers: fc.boolean(),
    withoutHold: fc.boolean(),
    withFiles: fc.boolean(),
    backupId: anyText,
    label: fc.oneof(fc.constant("nightly"), anyText),
    pieceServerId: anyText,
    serverIds: fc.array(anyText, { maxLength: 3 }),
    createdAt: fc.oneof(fc.constant(sealFacts.createdAt), anyTime),
    planRevision: fc.oneof(fc.constant(12), anyNumber),
    dump: fc.constant(dump),
    sha256: fc.constantFrom(sha256Of(dump), "", "abc"),
    dryRun: fc.boolean(),
    ignoreVersion: fc.boolean(),
  }),
);
