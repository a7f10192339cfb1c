// What a program reads: the documented shape of each command's JSON document.
import { describe, expect, it } from "vitest";
import { backupText } from "../../cli/backup-text.ts";
import {
  appliedJson,
  backupJson,
  detailedBackupJson,
  errorJson,
  listJson,
  planJson,
  restoreJson,
  statusJson,
  verdictJson,
} from "../../cli/json.ts";
import { plain } from "../../cli/output.ts";
import { statusText } from "../../cli/status-text.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import type { GetStatusResponse } from "../../proto/gen/stillpoint/v1/GetStatusResponse.ts";
import { exampleBackup } from "../support/fake-coordinator.ts";

const backup = exampleBackup as unknown as Backup;

describe("the JSON of a backup", () => {
  it("has exactly the documented shape", () => {
    expect(backupJson(backup)).toEqual({
      ...{ id: "2026-11-22T15.04.05.123Z_nightly", label: "nightly", state: "COMPLETE" },
      ...{ datetime: "2026-11-22T15:04:05.123Z", sizeInBytes: 3_328_599_654, nrFiles: 1_234, nrDBServers: 2 },
      ...{ potentiallyInconsistent: false, planRevision: 41, token: 42, deadTimeMs: 31.25 },
      rounds: [
        {
          ...{ round: 1, outcome: "busy", waitMs: 250, deadTimeMs: 20, firstServerIds: ["db2"] },
          blockers: [
            { serverId: "db2", id: "tx-17", ageMs: 12_345, owner: "alice@10.0.0.9", description: "UPDATE accounts" },
          ],
        },
        { round: 2, outcome: "held", waitMs: 500, deadTimeMs: 11.25, firstServerIds: ["db2"], blockers: [] },
      ],
      servers: [
        {
          id: "db1",
          present: true,
          problem: "",
          stallMs: 4.5,
          lockWaitMs: 1.5,
          heldMs: 3,
          longestBlockedWriteMs: 4.25,
          snapshotMs: 2.25,
          files: 1_000,
          bytes: 3_221_225_472,
        },
        {
          id: "db2",
          present: true,
          problem: "",
          stallMs: 6.75,
          lockWaitMs: 3.5,
          heldMs: 3.25,
          longestBlockedWriteMs: 0,
          snapshotMs: 1.25,
          files: 234,
          bytes: 107_374_182,
        },
      ],
      problems: [],
    });
  });

  it("has the pieces' holds when it is shown alone, and null for a piece that is not there", () => {
    const [missing, held] = detailedBackupJson(backup).servers;
    expect(missing).toMatchObject({ id: "db1", engine: null, engineVersion: null, cutAt: null, hold: null });
    expect(held).toMatchObject({
      ...{ id: "db2", engine: "grpc", engineVersion: "1.2.3", cutAt: "2026-11-22T15:04:06.007Z" },
      hold: {
        ...{ round: 2, lockWaitMs: 3.5, heldMs: 3.25, stallMs: 6.75, unbroken: true, endedBy: "snapshot" },
        ...{
          askedAt: "2026-11-22T15:04:06.000Z",
          heldAt: "2026-11-22T15:04:06.005Z",
          endedAt: "2026-11-22T15:04:06.009Z",
        },
      },
    });
  });

  it("is refused when its state is one that this version does not know", () => {
    for (const state of ["BACKUP_STATE_UNSPECIFIED", 7]) {
      expect(() => backupJson({ ...backup, state: state as Backup["state"] })).toThrow(
        "which this version does not know",
      );
    }
  });

  it("has no date where there is none", () => {
    expect(backupJson({ ...backup, createdAt: null }).datetime).toBeNull();
  });
});

describe("the JSON of the other answers", () => {
  it("lists backups and the servers that cannot be asked", () => {
    const list = listJson({ backups: [backup], unreachable: [{ id: "db3", problem: "refused" }] });
    expect(list).toEqual({ backups: [backupJson(backup)], unreachable: [{ id: "db3", problem: "refused" }] });
  });

  it("gives a verdict, a restore and an applied Plan as they came", () => {
    const verdict = { id: "b", valid: false, problems: ["db1: a.sst differs"], files: 3, bytes: 12 };
    const server = { id: "db4", pieceServerId: "db1", failsafeDir: "/d/backups/.failsafe/t", downMs: 12.5 };
    const restored = { id: "b", dryRun: false, planRevision: 9, planChanges: 2, servers: [server] };
    const applied = { revision: 5, written: ["DBServers/db1"], removed: ["DBServers/db2"] };
    expect(verdictJson(verdict)).toEqual(verdict);
    expect(restoreJson(restored)).toEqual(restored);
    expect(appliedJson(applied)).toEqual(applied);
  });

  it("gives the Plan's values as JSON, or as text where they are none", () => {
    const entries = [
      { key: "DBServers/db1", value: Buffer.from('{"agent":"a:1"}') },
      { key: "Note", value: Buffer.from("not {json") },
    ];
    expect(planJson({ revision: 3, entries })).toEqual({
      revision: 3,
      entries: { "DBServers/db1": { agent: "a:1" }, Note: "not {json" },
    });
  });

  it("gives an error with its reason, hint and blockers", () => {
    const blocker = { serverId: "db2", id: "tx-1", ageMs: 5, owner: "bob", description: "INSERT" };
    const error = new StillpointError("lock-busy", "1 server stayed busy", { hint: "wait", blockers: [blocker] });
    expect(errorJson(error)).toEqual({
      error: { reason: "lock-busy", message: "1 server stayed busy", hint: "wait", blockers: [blocker] },
    });
  });
});

const job = { backupId: "b", phase: "making", holder: "c0", unsettled: true };

const status = {
  ...{ coordinator: "c1", version: "0.1.0", claim: null, planRevision: 4, jobs: [job] },
  servers: [
    {
      ...{ id: "db1", agent: "127.0.0.1:7421", reachable: true, problem: "" },
      state: {
        ...{
          engine: "grpc",
          engineVersion: "1.2.3",
          healthy: true,
          problem: "",
          knowsOpenWrites: true,
          freeBytes: 2_048,
          pieces: 3,
        },
        openWrites: [{ ageMs: 20 }, { ageMs: 3_000 }],
        hold: { phase: "PHASE_HELD", backupId: "b", round: 2, heldMs: 1.5, endsInMs: 4_998.5 },
      },
    },
    { id: "db2", agent: "127.0.0.1:7422", reachable: false, problem: "connection refused", state: null },
    {
      ...{ id: "db3", agent: "127.0.0.1:7423", reachable: true, problem: "" },
      state: {
        engine: "exec",
        engineVersion: "",
        healthy: false,
        problem: "not up",
        knowsOpenWrites: false,
        openWrites: [],
        hold: null,
      },
    },
  ],
} as unknown as GetStatusResponse;

describe("the JSON of the cluster's state", () => {
  it("tells of each server what its agent said, and null for what nobody knows", () => {
    expect(statusJson(status)).toEqual({
      ...{ coordinator: "c1", version: "0.1.0", claim: null, planRevision: 4, jobs: [job] },
      servers: [
        {
          ...{
            id: "db1",
            agent: "127.0.0.1:7421",
            reachable: true,
            problem: "",
            engine: "grpc",
            engineVersion: "1.2.3",
          },
          ...{ healthy: true, openWrites: 2, oldestWriteMs: 3_000, freeBytes: 2_048, pieces: 3 },
          hold: { phase: "HELD", backupId: "b", round: 2, heldMs: 1.5, endsInMs: 4_998.5 },
        },
        {
          ...{ id: "db2", agent: "127.0.0.1:7422", reachable: false, problem: "connection refused", engine: null },
          ...{
            engineVersion: null,
            healthy: false,
            openWrites: null,
            oldestWriteMs: null,
            hold: null,
            freeBytes: null,
            pieces: null,
          },
        },
        {
          ...{
            id: "db3",
            agent: "127.0.0.1:7423",
            reachable: true,
            problem: "not up",
            engine: "exec",
            engineVersion: "",
          },
          ...{ healthy: false, openWrites: null, oldestWriteMs: null, hold: null, freeBytes: null, pieces: null },
        },
      ],
    });
  });

  it("calls no server healthy whose agent is another's", () => {
    const [server] = status.servers;
    const problem = 'the agent is of server "db9"';
    const { servers } = statusJson({ ...status, servers: [{ ...server, problem }] } as GetStatusResponse);
    expect(servers).toMatchObject([{ id: "db1", reachable: true, problem, healthy: false }]);
  });

  it("says who holds the claim", () => {
    const claim = { holder: "c2", backupId: "b", since: { seconds: 0, nanos: 0 }, token: 7, purpose: "create" };
    expect(statusJson({ ...status, claim }).claim).toEqual({ ...claim, since: "1970-01-01T00:00:00.000Z" });
  });
});

describe("the text for a person", () => {
  it("shows a backup with its servers, rounds and who was in the way", () => {
    expect(backupText(backupJson(backup), plain)).toBe(
      `
2026-11-22T15.04.05.123Z_nightly  COMPLETE

begun      2026-11-22 15:04:05 UTC
size       3.1 GiB, 1,234 files on 2 servers
plan       revision 41

server   stall  lock wait    held   links  longest write  files       size
db1     4.5 ms     1.5 ms  3.0 ms  2.3 ms         4.3 ms  1,000    3.0 GiB
db2     6.8 ms     3.5 ms  3.3 ms  1.3 ms              -    234  102.4 MiB

dead time  31.3 ms in 2 rounds, 20.0 ms of it in 1 round that failed

round  outcome      wait  dead time  locked first
    1  busy     250.0 ms    20.0 ms  db2
    2  held     500.0 ms    11.3 ms  db2

in the way:
  round 1, db2: tx-17, open for 12.3 s, alice@10.0.0.9, UPDATE accounts
`.trim(),
    );
  });

  it("shows which piece of a PARTIAL backup is missing", () => {
    const [first, second] = backup.servers as [Backup["servers"][0], Backup["servers"][0]];
    const servers = [first, { ...second, present: false, problem: "its agent does not answer" }];
    const text = backupText(backupJson({ ...backup, state: "BACKUP_STATE_PARTIAL", servers }), plain);
    expect(text).toMatch(/^2026-\S+ {2}PARTIAL$/m);
    expect(text).toMatch(/^db2 +missing/m);
    expect(text).toContain("problems:\n  db2: its agent does not answer");
  });

  it("shows of each server health, open writes and hold", () => {
    const lines = statusText(statusJson(status), plain).split("\n");
    expect(lines).toContain("claim        free");
    expect(lines.find((line) => line.startsWith("db1"))).toMatch(
      /grpc 1\.2\.3 +ok +held, round 2 for 1\.5 ms, ends in 4998\.5 ms +2 +3000\.0 ms +2\.0 KiB +3$/,
    );
    expect(lines.find((line) => line.startsWith("db2"))).toMatch(/unreachable +- +- +- +- +-$/);
    expect(lines).toContain("  db2: connection refused");
    expect(lines).toContain("  the run of b that c0 left (making) is not settled yet");
  });
});
