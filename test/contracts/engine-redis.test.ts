// The engine "redis", on a real Redis server.
import { startRedisUnderTest } from "../support/redis-under-test.ts";
import { engineContract } from "./engine.ts";

const abilities = {
  version: /^7\.|^[89]\.|^Valkey /,
  hasOpenTransactions: false,
  filesLagBehind: false,
  listsOpenWrites: true,
  flushes: true,
  abortsTransactions: false,
  namesOtherHolders: true,
  noticesCrashes: true,
  measuresBlockedWrites: false,
  hasServerProcess: true,
};

engineContract("the redis engine", abilities, startRedisUnderTest);
