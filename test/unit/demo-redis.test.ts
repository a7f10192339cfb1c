// The Redis demo's proof must see what a wrong backup looks like.
import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import { checkAccounts } from "../../cli/demo/engines/redis-accounts.ts";

/** A server's hashes, and its opening balance. */
function server(hashes: Record<string, Record<string, string>>): Redis {
  const hgetall = async (key: string) => hashes[key] ?? {};
  return { hgetall, get: async () => "100" } as unknown as Redis;
}

const paid = { accounts: { a: "90" }, "paid-out": { one: "10" } };

test("a transfer on both servers is whole", async () => {
  const check = await checkAccounts([server(paid), server({ accounts: { a: "110" }, "paid-in": { one: "10" } })]);
  expect(check).toEqual({ transfers: 1, onOneSideOnly: [], onTheWay: 0, total: 200, expectedTotal: 200 });
});

test("one that is paid out and not yet paid in is on its way, and its money is not lost", async () => {
  const check = await checkAccounts([server(paid), server({ accounts: { a: "100" } })]);
  expect(check).toEqual({ transfers: 1, onOneSideOnly: [], onTheWay: 1, total: 200, expectedTotal: 200 });
});

test("one that is paid in and was never paid out is torn, and there is too much money", async () => {
  const check = await checkAccounts([
    server({ accounts: { a: "100" } }),
    server({ accounts: { a: "110" }, "paid-in": { one: "10" } }),
  ]);
  expect(check).toEqual({ transfers: 0, onOneSideOnly: ["one"], onTheWay: 0, total: 210, expectedTotal: 200 });
});
