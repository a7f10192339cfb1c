// What is larger than a message may be is answered at once, by a sentence that says what to do; and so are bytes that are no
// message at all.
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Agent } from "../../proto/agent-contract.ts";
import { callUnary } from "../../proto/call.ts";
import { maxDumpBytes } from "../../proto/load.ts";
import { openAgentOnTheWire } from "../support/agents-under-test.ts";
import { rejectionOf } from "../support/error-of.ts";
import { dump, nightly, sha256Of } from "../support/test-agent.ts";

const limits = { timeoutMs: 30_000, peer: "agent at db1" };
const { StoreDump, Describe } = Agent.service;

it("a message over the limit of the transport says how much is allowed and what to look for", async () => {
  const { client } = await openAgentOnTheWire();
  const large = Buffer.alloc(maxDumpBytes + 9 * 1024 * 1024);
  const request = { run: nightly, dump: large, sha256: sha256Of(large) };
  const error = await rejectionOf(callUnary(client, StoreDump, request, limits));
  expect(error).toMatchObject({
    reason: "invalid",
    message: expect.stringMatching(/^agent at db1: the message is too large: /),
    hint: expect.stringMatching(/64 MiB.*Plan/),
  });
  expect(await callUnary(client, Describe, {}, limits)).toMatchObject({ healthy: true });
});

it("a dump of just the limit is stored", async () => {
  const { client } = await openAgentOnTheWire();
  const largest = Buffer.alloc(maxDumpBytes);
  const request = { run: nightly, dump: largest, sha256: sha256Of(largest) };
  expect(await callUnary(client, StoreDump, request, limits)).toEqual({ bytes: maxDumpBytes });
});

it("bytes that are no message are refused, and the agent goes on", async () => {
  const { client } = await openAgentOnTheWire();
  const send = (path: string, bytes: Buffer) =>
    new Promise<ServiceError | null>((resolve) => {
      const raw = (message: Buffer) => message;
      const options = { deadline: Date.now() + limits.timeoutMs };
      client.makeUnaryRequest(path, raw, raw, bytes, new Metadata(), options, (error) => resolve(error));
    });
  const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const anyPath = fc.constantFrom(...Object.values(Agent.service).map(({ path }) => path));
  await fc.assert(
    fc.asyncProperty(anyPath, anyBytes, async (path, bytes) => {
      const { details = "" } = (await send(path, bytes)) ?? {};
      expect(details).not.toMatch(/\n|\bat .*:\d+/);
    }),
    { numRuns: 150 },
  );
  const request = { run: { ...nightly, token: Number.MAX_SAFE_INTEGER }, dump, sha256: sha256Of(dump) };
  expect(await callUnary(client, StoreDump, request, limits)).toEqual({ bytes: dump.length });
});
