// What a request may say, as it comes off the wire: every message here was encoded and decoded.
import type { MethodDefinition } from "@grpc/proto-loader";
import { describe, expect, it } from "vitest";
import { type BackupDefaults, backupRequestOf, planEntriesOf, restoreRequestOf } from "../../coordinator/requests.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { CreateBackupRequestInput } from "../../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { RestoreBackupRequestInput } from "../../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";

const { CreateBackup, RestoreBackup, ApplyPlan } = Coordinator.service;

const defaults: BackupDefaults = {
  timeoutMs: 120_000,
  firstWaitMs: 250,
  maxWaitMs: 15_000,
  holdMs: 5_000,
  maxStallMs: 700,
  patience: 0.5,
};

function received<Input extends object, Request>(
  method: MethodDefinition<Input, object, Request, object>,
  message: Input,
): Request {
  return method.requestDeserialize(method.requestSerialize(message));
}

const backup = (message: CreateBackupRequestInput) => backupRequestOf(received(CreateBackup, message), defaults);
const restore = (message: RestoreBackupRequestInput) => restoreRequestOf(received(RestoreBackup, message));
const plan = (...keys: string[]) =>
  planEntriesOf(received(ApplyPlan, { entries: keys.map((key) => ({ key, value: Buffer.from("{}") })) }));

describe("a request for a backup", () => {
  it("that says nothing means the defaults", () => {
    expect(backup({})).toEqual({ label: undefined, ...defaults, force: false, allowInconsistent: false });
  });

  it("that says something means that", () => {
    const asked = {
      label: "nightly",
      timeoutMs: 60_000,
      firstWaitMs: 100,
      maxWaitMs: 5000,
      maxStallMs: 900,
      holdMs: 1000,
      patience: 0.25,
      force: true,
      allowInconsistent: true,
    };
    expect(backup(asked)).toEqual(asked);
  });

  it.each(["maxStallMs", "patience"] as const)("that says 0 for %s means 0, not the default", (field) => {
    expect(backup({ [field]: 0 })).toEqual({ ...backup({}), [field]: 0 });
  });

  it.each(["timeoutMs", "firstWaitMs", "maxWaitMs", "holdMs"] as const)("may not say 0 for %s", (field) => {
    const message = new RegExp(`^${field} is 0: must be from 1 to \\d+$`);
    const error = { reason: "invalid", message: expect.stringMatching(message) };
    expect(() => backup({ [field]: 0 })).toThrow(expect.objectContaining(error));
  });

  it.each([
    ["timeoutMs", 1, 86_400_000],
    ["firstWaitMs", 1, 3_600_000],
    ["maxWaitMs", 1, 3_600_000],
    ["holdMs", 1, 3_600_000],
    ["maxStallMs", 0, 3_600_000],
    ["patience", 0, 1],
  ] as const)("has a %s from %d to %d", (field, least, most) => {
    for (const value of [least, most]) expect(backup({ [field]: value })[field]).toBe(value);
    for (const value of [least - 1, most + 1, -(2 ** 53)]) {
      const message = `${field} is ${value}: must be from ${least} to ${most}`;
      expect(() => backup({ [field]: value })).toThrow(expect.objectContaining({ reason: "invalid", message }));
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("has a patience that is a number, not %d", (patience) => {
    expect(() => backup({ patience })).toThrow(expect.objectContaining({ reason: "invalid" }));
  });

  it.each(["../../etc", "a/b", "a b", ".hidden", "-dash", "ä", "a\n", "a".repeat(201)])(
    "may not be labelled %j",
    (label) => {
      expect(() => backup({ label })).toThrow(expect.objectContaining({ reason: "invalid" }));
    },
  );
});

describe("a request for a restore", () => {
  it("that only names the backup means all of it, to the same servers", () => {
    expect(restore({ id: "2026-11-22T15.04.05.123Z_nightly" })).toEqual({
      id: "2026-11-22T15.04.05.123Z_nightly",
      dryRun: false,
      serverMap: new Map(),
      ignoreVersion: false,
      allowInconsistent: false,
    });
  });

  it("may say which server gets the data of which", () => {
    expect(
      restore({ id: "b", serverMap: { db3: "db4" }, dryRun: true, ignoreVersion: true, allowInconsistent: true }),
    ).toEqual({
      id: "b",
      dryRun: true,
      serverMap: new Map([["db3", "db4"]]),
      ignoreVersion: true,
      allowInconsistent: true,
    });
  });

  it.each(["", "..", "../x", "a/b", "a\u0000", "x".repeat(251)])("may not name the backup %j", (id) => {
    expect(() => restore({ id })).toThrow(expect.objectContaining({ reason: "invalid" }));
  });
});

describe("entries for the Plan", () => {
  it("have keys of parts with slashes between", () => {
    const keys = ["DBServers/db1", "Version", "a/b/c/d.e_f-g"];
    expect(plan(...keys).map(({ key }) => key)).toEqual(keys);
  });

  it.each(["", "/a", "a/", "a//b", "a b", "a\u0000", "a".repeat(201), Array(17).fill("a").join("/")])(
    "do not have the key %j",
    (key) => {
      expect(() => plan("Version", key)).toThrow(expect.objectContaining({ reason: "invalid" }));
    },
  );

  it("are not nothing", () => {
    expect(() => plan()).toThrow(expect.objectContaining({ reason: "invalid", message: "there is nothing to apply" }));
  });
});
