// Errors survive real gRPC: a caller gets what the handler threw, and any other client finds it where gRPC has it by
// convention.
import { type Client, credentials, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agent } from "../../proto/agent-contract.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { errorTable, type Reason, StillpointError, type WriteTransaction } from "../../proto/errors.ts";
import { channelOptions } from "../../proto/load.ts";
import { type OnError, serverStream, unary } from "../../proto/serve.ts";
import { fromStatus } from "../../proto/wire.ts";
import { rejectionOf } from "../support/error-of.ts";

/** From googleapis, not from our code. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`);

let thrown: unknown;
let server: Server;
let client: Client;
const seen: unknown[] = [];
const onError: OnError = (error) => seen.push(error);

beforeAll(async () => {
  server = new Server(channelOptions);
  const unaryHandler = unary(async () => await Promise.reject(thrown), onError);
  // biome-ignore lint/correctness/useYield: it fails before its first message
  const streamHandler = serverStream(async function* () {
    await Promise.reject(thrown);
  }, onError);
  const handlers = Object.entries(Agent.service).map(([name, { responseStream }]) => [
    name,
    responseStream ? streamHandler : unaryHandler,
  ]);
  server.addService(Agent.service, Object.fromEntries(handlers));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  client = new Agent(`127.0.0.1:${await promise}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

const limits = { timeoutMs: 10_000, peer: "agent of db1" };

async function afterUnary(error: unknown): Promise<StillpointError> {
  thrown = error;
  const received = await rejectionOf(callUnary(client, Agent.service.Commit, { run: null }, limits));
  if (received === undefined) throw new Error("the call has not failed");
  return received;
}

async function afterStream(error: unknown): Promise<StillpointError> {
  thrown = error;
  const messages = callStream(client, Agent.service.Prepare, { run: null }, limits);
  const received = await rejectionOf(Array.fromAsync(messages));
  if (received === undefined) throw new Error("the call has not failed");
  return received;
}

/** As a client in any other language sees it. */
function detailsOf(error: StillpointError) {
  const { code, details, metadata } = error.cause as { code: number; details: string; metadata: Metadata };
  const [bytes] = metadata.get("grpc-status-details-bin");
  const Status = root.lookupType("google.rpc.Status");
  const inner = Status.toObject(Status.decode(bytes as Buffer), { arrays: true }) as {
    code: number;
    message: string;
    details: { typeUrl: string; value: Uint8Array }[];
  };
  return { code, details, inner };
}

const reasons = Object.keys(errorTable) as Reason[];

describe.each([
  ["a call", afterUnary],
  ["a stream", afterStream],
])("%s that fails", (_what, fail) => {
  it.each(reasons)("with %s gives the caller reason, message and hint as they were", async (reason) => {
    const received = await fail(
      new StillpointError(reason, `no "space" left: ü 😀 100%`, { hint: "do this\nthen that" }),
    );
    expect(received).toMatchObject({
      name: "StillpointError",
      reason,
      message: `no "space" left: ü 😀 100%`,
      hint: "do this\nthen that",
      blockers: [],
    });
  });

  it("with lock-busy gives the caller who is in the way, too", async () => {
    const blockers: WriteTransaction[] = [
      { id: "t1", ageMs: 61_000, owner: "a client", description: "a report ü", serverId: "db1" },
      { id: "t2", ageMs: 0, owner: "", description: "", serverId: "" },
    ];
    expect((await fail(new StillpointError("lock-busy", "busy", { blockers }))).blockers).toEqual(blockers);
  });

  it("with an error that nobody foresaw is internal, and whoever serves has seen the error itself", async () => {
    const defect = new TypeError("x is not a function");
    expect(await fail(defect)).toMatchObject({ reason: "internal", message: "x is not a function" });
    expect(seen.at(-1)).toBe(defect);
  });
});

describe("in the trailers", () => {
  it("there is a google.rpc.ErrorInfo with reason and hint, in grpc-status-details-bin", async () => {
    const received = await afterUnary(
      new StillpointError("no-space", "the disk is full", { hint: "delete something" }),
    );
    const { code, details, inner } = detailsOf(received);
    expect({ code, details }).toEqual({ code: status.RESOURCE_EXHAUSTED, details: "the disk is full" });
    expect(inner).toMatchObject({ code: status.RESOURCE_EXHAUSTED, message: "the disk is full" });
    expect(inner.details.map(({ typeUrl }) => typeUrl)).toEqual(["type.googleapis.com/google.rpc.ErrorInfo"]);
    const ErrorInfo = root.lookupType("google.rpc.ErrorInfo");
    expect(ErrorInfo.toObject(ErrorInfo.decode(inner.details[0]?.value ?? new Uint8Array()))).toEqual({
      reason: "no-space",
      domain: "stillpoint",
      metadata: { hint: "delete something" },
    });
  });

  it.each<[Reason, status]>([
    ["lock-busy", status.ABORTED],
    ["held-by-another", status.FAILED_PRECONDITION],
    ["hold-lost", status.FAILED_PRECONDITION],
    ["stale-round", status.FAILED_PRECONDITION],
    ["plan-changed", status.ABORTED],
    ["claim-taken", status.ALREADY_EXISTS],
    ["claim-lost", status.ABORTED],
    ["no-space", status.RESOURCE_EXHAUSTED],
    ["cross-device", status.FAILED_PRECONDITION],
    ["not-found", status.NOT_FOUND],
    ["invalid", status.INVALID_ARGUMENT],
    ["topology", status.FAILED_PRECONDITION],
    ["version", status.FAILED_PRECONDITION],
    ["corrupt", status.DATA_LOSS],
    ["unreachable", status.UNAVAILABLE],
    ["internal", status.INTERNAL],
  ])("%s has the code %s", async (reason, code) => {
    expect(detailsOf(await afterUnary(new StillpointError(reason, "why"))).code).toBe(code);
  });

  it("there is room for what a busy server has to say: of the oldest transactions", async () => {
    const blockers = Array.from({ length: 5_000 }, (_, index) => ({
      id: `t${index}`,
      ageMs: 5_000 - index,
      owner: "an application, at 10.20.30.40:50606",
      description: index === 0 ? "UPDATE accounts SET balance = balance - 1" : "😀".repeat(1_000),
    }));
    const received = await afterUnary(new StillpointError("lock-busy", "5000 are open", { blockers }));
    expect(received).toMatchObject({ reason: "lock-busy", message: "5000 are open" });
    expect(received.blockers).toHaveLength(20);
    expect(received.blockers[0]).toMatchObject(blockers[0] as object);
  });

  it("what a message quotes cannot write lines or colours of its own into a terminal or a log", async () => {
    const hostile = "a\nb\r\u001b[31m";
    const shown = "a\\u{a}b\\u{d}\\u{1b}[31m";
    const blockers = [{ id: hostile, ageMs: 1, owner: hostile, description: hostile }];
    const received = await afterUnary(new StillpointError("lock-busy", hostile, { blockers }));
    expect(received.message).toBe(shown);
    expect(received.blockers).toMatchObject([{ id: shown, owner: shown, description: shown }]);
  });

  it("a long message does not take reason and hint with it", async () => {
    const hint = "start it";
    const received = await afterUnary(new StillpointError("unreachable", "it said: ".repeat(100_000), { hint }));
    expect(received).toMatchObject({ reason: "unreachable", hint });
    expect(received.message).toMatch(/^it said: .*…$/);
  });

  it("all that there may be is small enough for clients that take 8 KiB, if it is plain text", async () => {
    const text = "x".repeat(100_000);
    const blockers = Array(100).fill({ id: "12345", ageMs: 1, owner: "user@10.20.30.40:50606", description: text });
    const received = await afterUnary(new StillpointError("lock-busy", text, { hint: text, blockers }));
    const { metadata, details } = received.cause as { metadata: Metadata; details: string };
    const [bytes] = metadata.get("grpc-status-details-bin") as Buffer[];
    expect((bytes?.toString("base64").length ?? 0) + details.length).toBeLessThan(8_000);
  });
});

describe("a status that is not ours", () => {
  it.each<[string, status, Reason]>([
    ["a server that is not there", status.UNAVAILABLE, "unreachable"],
    ["a time-out", status.DEADLINE_EXCEEDED, "unreachable"],
    ["a method that it does not have", status.UNIMPLEMENTED, "version"],
    ["a call that was cancelled", status.CANCELLED, "cancelled"],
    ["a call that may not be", status.PERMISSION_DENIED, "denied"],
    ["somebody unknown", status.UNAUTHENTICATED, "unauthenticated"],
    ["something else", status.ABORTED, "internal"],
  ])("of %s gets a reason, and names the peer", (_what, code, reason) => {
    const error = Object.assign(new Error("x"), { code, details: "why" });
    const received = fromStatus(error as Parameters<typeof fromStatus>[0], "agent of db1");
    expect(received).toMatchObject({ reason, message: "agent of db1: why" });
    expect(received.hint).not.toBe("");
  });

  it("loses the end that says nothing", () => {
    const said = "No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1";
    const error = { code: status.UNAVAILABLE, details: `${said}. Resolution note: `, metadata: new Metadata() };
    const { message } = fromStatus(error as Parameters<typeof fromStatus>[0], "agent of db1");
    expect(message).toBe(`agent of db1: ${said}`);
  });

  it("but has an ErrorInfo with a reason that this version does not know is internal", () => {
    const [Status, ErrorInfo] = ["google.rpc.Status", "google.rpc.ErrorInfo"].map((name) => root.lookupType(name)) as [
      protobuf.Type,
      protobuf.Type,
    ];
    const info = ErrorInfo.encode({ reason: "from-the-future", domain: "stillpoint", metadata: { hint: "wait" } });
    const detail = { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: info.finish() };
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from(Status.encode({ code: 9, details: [detail] }).finish()));
    const error = Object.assign(new Error("x"), { code: status.FAILED_PRECONDITION, details: "why", metadata });
    expect(fromStatus(error, "agent of db1")).toMatchObject({ reason: "internal", message: "why", hint: "wait" });
  });
});
