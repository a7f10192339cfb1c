// The drawn timeline of a backup.
import { describe, expect, it } from "vitest";
import { timelineText } from "../../cli/demo/timeline.ts";
import type { DetailedBackupJson } from "../../cli/json.ts";
import { plain } from "../../cli/output.ts";

type Server = DetailedBackupJson["servers"][number];

const begin = Date.parse("2026-11-22T15:04:05.000Z");

/** A server that was asked, held and let go so many milliseconds after the begin; or not held at all. */
function server(id: string, times?: [asked: number, held: number, ended: number]): Server {
  if (times === undefined) return { id, hold: null } as Server;
  const [asked, held, ended] = times;
  const askedAt = new Date(begin + asked).toISOString();
  return { id, hold: { askedAt, lockWaitMs: held - asked, stallMs: ended - asked } } as Server;
}

function timeline(...servers: Server[]): string[] {
  return timelineText({ servers } as DetailedBackupJson, plain);
}

describe("the timeline", () => {
  it("shows all servers on one axis: writes go on, open writes end, the server is held; and the cut", () => {
    expect(timeline(server("db1", [40, 50, 80]), server("db2", [0, 60, 80]), server("db3", [40, 48, 100]))).toEqual([
      "     · writes go on  ░ open writes end  █ held                stall",
      "db1  ····················░░░░░██████████████···········     40.0 ms",
      "db2  ··░░░░░░░░░░░░░░░░░░░░░░░░░░░░█████████···········     80.0 ms",
      "db3  ····················░░░░████████████████████████··     60.0 ms",
      "       0                           ▲ the cut 100.0 ms",
    ]);
  });

  it("shows each phase, however short it was", () => {
    const [, quick] = timeline(server("db1", [500, 500.01, 500.02]), server("db2", [0, 999, 1000]));
    expect(quick).toMatch(/·░█·/);
  });

  it("says where the cut is also where there is little room", () => {
    const lines = timeline(server("db1", [0, 99, 100]));
    expect(lines.at(-1)).toBe(`       0${"the cut ▲".padStart(46)} 100.0 ms`);
  });

  it("fits on a terminal of 80 columns, also with large figures", () => {
    const lines = timeline(server("database-east-1", [0, 100_000, 119_000]), server("database-east-2", [1, 2, 3]));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("is empty for a backup that was taken without a lock", () => {
    expect(timeline(server("db1"))).toEqual([]);
  });
});
