// What a run tells, as people read it and as it goes over the wire.
import { describe, expect, it } from "vitest";
import { eventText } from "../../coordinator/event-text.ts";
import { type BackupList, listBackups } from "../../coordinator/list-backups.ts";
import { backupMessage, claimMessage, eventMessage, recordMessage } from "../../coordinator/messages.ts";
import type { RunEvent } from "../../coordinator/ports.ts";
import { recordFromJson, recordToJson } from "../../coordinator/record.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const { CreateBackup, GetBackup, GetStatus } = Coordinator.service;
const blocker = { serverId: "db2", id: "t7", ageMs: 12_345, owner: "ann", description: "a report" };

/** One event of each kind, and its sentence. */
const sentences: { [Step in RunEvent["step"]]: [Extract<RunEvent, { step: Step }>, string] } = {
  claimed: [{ step: "claimed", backupId: "b1", token: 7 }, "claimed the cluster for b1 (token 7)"],
  "plan-read": [
    { step: "plan-read", planRevision: 9, serverIds: ["db1", "db2"] },
    "read the Plan at revision 9: servers db1, db2",
  ],
  inspected: [
    { step: "inspected", serverId: "db1", dataFiles: 12, dataBytes: 2048 },
    "db1 is ready: 12 files, 2.0 KiB",
  ],
  prepared: [{ step: "prepared", serverId: "db1", linkedFiles: 11 }, "db1 linked 11 files in advance"],
  "soft-wait": [
    { step: "soft-wait", blockers: [blocker] },
    "waiting, without blocking anybody, for t7 on db2 of ann (open for 12.3 s)",
  ],
  "round-started": [
    { step: "round-started", round: 2, waitMs: 500, firstServerIds: ["db2"], force: true },
    "round 2: locking all servers within 500.0 ms, db2 first, aborting what is in the way",
  ],
  "server-locked": [
    { step: "server-locked", serverId: "db1", round: 2, lockWaitMs: 1.26 },
    "db1 is locked after 1.3 ms",
  ],
  "server-busy": [{ step: "server-busy", serverId: "db2", round: 2, blockers: [] }, "db2 is busy: somebody"],
  locked: [{ step: "locked", round: 2 }, "all servers are held"],
  released: [{ step: "released", serverId: "db1", round: 2, stallMs: 10_000 }, "db1 writes again after 10.0 s"],
  "still-stopped": [
    { step: "still-stopped", serverId: "db1", round: 2, problem: "writes may still be stopped: it fails" },
    "db1: writes may still be stopped: it fails",
  ],
  "release-failed": [
    { step: "release-failed", serverId: "db1", round: 2, problem: "gone" },
    "db1 has not confirmed that it let go; its hold ends by itself, stillpoint status shows whether it did: gone",
  ],
  "round-ended": [
    { step: "round-ended", round: 2, outcome: "busy", deadTimeMs: 3.5 },
    "round 2 ended: busy, dead time 3.5 ms",
  ],
  window: [{ step: "window", ms: 250 }, "writers have 250.0 ms before the next round"],
  snapshot: [
    { step: "snapshot", serverId: "db1", stallMs: 8, snapshotMs: 4, deltaFiles: 2 },
    "db1 made its cut: 2 files in 4.0 ms, writes blocked for 8.0 ms",
  ],
  "taking-again": [{ step: "taking-again", reason: "the Plan changed" }, "taking the backup again: the Plan changed"],
  "taken-without-lock": [
    { step: "taken-without-lock" },
    "the time is up: taking the pieces without a lock, the backup will be INCONSISTENT",
  ],
  "dump-stored": [{ step: "dump-stored", bytes: 100 }, "stored the Plan's dump (100 B) beside every piece"],
  sealing: [{ step: "sealing", serverId: "db1", doneBytes: 512, totalBytes: 1024 }, "db1 is sealing: 512 B of 1.0 KiB"],
  sealed: [{ step: "sealed", serverId: "db1", files: 9, bytes: 1024 }, "db1 sealed its piece: 9 files, 1.0 KiB"],
  committed: [{ step: "committed", serverId: "db1" }, "db1 committed its piece"],
  recorded: [{ step: "recorded", backupId: "b1" }, "recorded b1"],
  aborted: [{ step: "aborted", serverId: "db1" }, "db1 removed its piece"],
  "abort-failed": [
    { step: "abort-failed", serverId: "db1", problem: "gone" },
    "db1 could not remove its piece now; it is removed when its agent answers: gone",
  ],
  checking: [
    { step: "checking", serverId: "db1", doneBytes: 1, totalBytes: 2 },
    "db1 is checking its piece: 1 B of 2 B",
  ],
  staged: [{ step: "staged", serverId: "db4", pieceServerId: "db3" }, "db4 is ready to take the data of db3"],
  flipped: [{ step: "flipped", serverId: "db1" }, "db1 is stopped and has the backup's data"],
  started: [
    { step: "started", serverId: "db1", downMs: 20_500 },
    "db1 works on the backup's data, it was down for 20.5 s",
  ],
  "plan-restored": [{ step: "plan-restored", changes: 2, planRevision: 10 }, "wrote 2 keys of the Plan (revision 10)"],
  undone: [{ step: "undone", serverId: "db1" }, "db1 has the data that it had before"],
  "undo-failed": [{ step: "undo-failed", serverId: "", problem: "gone" }, "the cluster could not be put back: gone"],
  finished: [{ step: "finished", serverId: "db1" }, "db1 keeps the backup's data; what it replaced is in .failsafe"],
  "finish-failed": [
    { step: "finish-failed", serverId: "db1", problem: "gone" },
    "db1 could not tidy up, it is done later: gone",
  ],
  settling: [
    { step: "settling", backupId: "b", phase: "making", holder: "coordinator-a" },
    "settling what coordinator-a left of b (making)",
  ],
  settled: [{ step: "settled", backupId: "b", outcome: "aborted" }, "what was left of b is aborted"],
  "settle-failed": [{ step: "settle-failed", problem: "gone" }, "not settled yet, it is tried again: gone"],
};

function onTheWire(event: RunEvent) {
  const message = { event: eventMessage(event, new Date(1_234_567_890_123)) };
  return CreateBackup.responseDeserialize(CreateBackup.responseSerialize(message)).event;
}

function backupOnTheWire(backup: object): Backup {
  return GetBackup.responseDeserialize(GetBackup.responseSerialize({ backup })).backup as Backup;
}

describe("an event", () => {
  it.each(Object.values(sentences))("$step is a sentence", (event, sentence) => {
    expect(eventText(event)).toBe(sentence);
  });

  it("names five of those in the way, and counts the others", () => {
    const blockers = Array.from({ length: 7 }, (_, index) => ({
      ...blocker,
      id: `t${index}`,
      owner: "",
      ageMs: index,
    }));
    expect(eventText({ step: "soft-wait", blockers })).toBe(
      "waiting, without blocking anybody, for t0 on db2 (open for 0.0 ms), t1 on db2 (open for 1.0 ms), " +
        "t2 on db2 (open for 2.0 ms), t3 on db2 (open for 3.0 ms), t4 on db2 (open for 4.0 ms), 2 more",
    );
  });

  it("says on the wire what it is, when, where, and its sentence", () => {
    expect(onTheWire(sentences["server-locked"][0])).toEqual({
      step: "server-locked",
      at: { seconds: 1_234_567_890, nanos: 123_000_000 },
      backupId: "",
      serverId: "db1",
      round: 2,
      ms: 1.26,
      doneBytes: 0,
      totalBytes: 0,
      blockers: [],
      text: "db1 is locked after 1.3 ms",
    });
  });

  it("says on the wire which backup was claimed, so that its caller can cancel it", () => {
    expect(onTheWire({ step: "claimed", backupId: "b1", token: 7 })).toMatchObject({ backupId: "b1" });
  });

  it.each([
    ["round-started", 500],
    ["server-locked", 1.26],
    ["released", 10_000],
    ["snapshot", 8],
    ["round-ended", 3.5],
    ["window", 250],
    ["started", 20_500],
    ["claimed", 0],
  ] as const)("%s says on the wire how long it took: %d ms", (step, ms) => {
    expect(onTheWire(sentences[step][0])).toMatchObject({ step, ms });
  });

  it("says on the wire who is in the way, and how far work has come", () => {
    expect(onTheWire(sentences["soft-wait"][0])).toMatchObject({ blockers: [blocker] });
    expect(onTheWire(sentences.sealing[0])).toMatchObject({ serverId: "db1", doneBytes: 512, totalBytes: 1024 });
  });
});

describe("a backup on the wire", () => {
  async function taken(request = {}) {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 400 });
    const record = await cluster.backUp({ patience: 0, ...request });
    const { backups } = await cluster.clock.run<BackupList>(listBackups(cluster.ports, forever));
    return { record, listed: backups[0] };
  }

  it("is the same whether it was just made or is listed, but for the pieces themselves", async () => {
    const { record, listed } = await taken();
    const made = backupOnTheWire(recordMessage(record));
    const found = backupOnTheWire(listed === undefined ? {} : backupMessage(listed));
    expect(made).toEqual({ ...found, servers: found.servers.map((server) => ({ ...server, piece: null })) });
    expect(made).toMatchObject({ state: "BACKUP_STATE_COMPLETE", nrDbServers: 3, nrFiles: 27, sizeInBytes: 3000 });
    expect(made.rounds).toMatchObject([
      { outcome: "busy", blockers: [{ serverId: "db2", id: "t1", description: "a long report" }] },
      { outcome: "held", firstServerIds: ["db2"] },
    ]);
  });

  it("is INCONSISTENT if it was taken without a lock", async () => {
    const { record } = await taken({ timeoutMs: 100, allowInconsistent: true });
    expect(backupOnTheWire(recordMessage(record))).toMatchObject({
      state: "BACKUP_STATE_INCONSISTENT",
      potentiallyInconsistent: true,
    });
  });

  it("comes back from its record as it was", async () => {
    const { record } = await taken();
    expect(recordFromJson(recordToJson(record))).toEqual(record);
  });
});

it.each([undefined, "", "garbage", "[]", "{}"])("a record that is none (%j) is not one", (json) => {
  expect(recordFromJson(json)).toBeUndefined();
});

it("a record of a newer format is left to a newer Stillpoint", async () => {
  const record = await new FakeCluster().backUp();
  expect(recordFromJson(JSON.stringify({ ...record, formatVersion: 2 }))).toBeUndefined();
});

it("a claim on the wire is who has it, for what and since when, or absent", () => {
  const claim = {
    holder: "a",
    backupId: "b1",
    purpose: "delete" as const,
    since: new Date(1_234_567_890_123),
    token: 7,
  };
  const onWire = (each: Parameters<typeof claimMessage>[0]) =>
    GetStatus.responseDeserialize(GetStatus.responseSerialize({ claim: claimMessage(each) })).claim;
  expect(onWire(claim)).toEqual({ ...claim, since: { seconds: 1_234_567_890, nanos: 123_000_000 } });
  expect(onWire(undefined)).toBeNull();
});
