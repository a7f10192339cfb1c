// The audit log: each deed leaves one line when it has ended, whatever came of it and whatever else is logged.
import { describe, expect, it } from "vitest";
import { audited } from "../../coordinator/audited.ts";
import type { Ports } from "../../coordinator/ports.ts";
import { StillpointError } from "../../proto/errors.ts";
import { type AuditEntry, auditTo } from "../../runtime/audit.ts";
import { logLevels, openLog } from "../../runtime/log.ts";

const caller = { name: "alice", roles: [], peer: "10.0.0.1:5" };
const forever = new AbortController().signal;

/** A deed that claims, waits for 30 ms, and ends so. */
async function entriesOf(end: () => string, backupId?: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let now = 100;
  const events: unknown[] = [];
  const ports = { clock: { now: () => now }, report: (event: unknown) => events.push(event) } as unknown as Ports;
  const deed = { action: "create", caller, ...(backupId === undefined ? {} : { backupId }) };
  const work = audited(
    (entry) => entries.push(entry),
    deed,
    async (own) => {
      own.report({ step: "claimed", backupId: "b1", token: 1 });
      now += 30;
      expect(entries).toEqual([]);
      return end();
    },
  );
  await work(ports, forever).catch(() => {});
  expect(events).toHaveLength(1);
  return entries;
}

describe("a deed", () => {
  const known = { action: "create", who: "alice", peer: "10.0.0.1:5", backupId: "b1", durationMs: 30 };

  it("that was done leaves who, what, which backup and how long", async () => {
    expect(await entriesOf(() => "done")).toEqual([{ ...known, outcome: "ok" }]);
  });

  it("that failed leaves why, too", async () => {
    const busy = () => {
      throw new StillpointError("lock-busy", "db1 is busy");
    };
    expect(await entriesOf(busy)).toEqual([{ ...known, outcome: "lock-busy", problem: "db1 is busy" }]);
    const broken = () => {
      throw new TypeError("no such thing");
    };
    expect(await entriesOf(broken)).toEqual([{ ...known, outcome: "internal", problem: "no such thing" }]);
  });
});

it.each(logLevels)("a line is written where the log has the level %s", (level) => {
  const lines: string[] = [];
  const audit = auditTo(openLog("test", level, { write: (line) => lines.push(line) }));
  audit({ action: "delete", who: "alice", peer: "10.0.0.1:5", backupId: "b1", outcome: "ok" });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { audit: true, msg: "delete b1 by alice: ok", level: 30 },
  ]);
});
