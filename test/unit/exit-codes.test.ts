// Each reason has its exit code, for ever.
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../cli/exit-codes.ts";
import { errorTable } from "../../proto/errors.ts";

describe("exit codes", () => {
  it("are these, for good: scripts depend on them", () => {
    expect(exitCodes).toEqual({
      ...{ internal: 1, invalid: 2, "lock-busy": 3, "claim-taken": 4, "claim-lost": 4, "held-by-another": 4 },
      ...{ unreachable: 5, "not-found": 6, "no-space": 7, "cross-device": 7, corrupt: 8, topology: 9, version: 9 },
      ...{ "plan-changed": 10, "hold-lost": 10, "stale-round": 10, denied: 11, unauthenticated: 11, cancelled: 130 },
    });
  });

  it("cover every reason, and none is success", () => {
    expect(Object.keys(exitCodes).sort()).toEqual(Object.keys(errorTable).sort());
    expect(Object.values(exitCodes)).not.toContain(0);
  });
});
