// The engine "mariadb", on a real server.
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { installTemplate } from "../support/mariadb-server.ts";
import { countingDatabase, mariadbUnderTest } from "../support/mariadb-under-test.ts";
import { engineContract } from "./engine.ts";

const abilities = {
  version: /^10\.11\.\d+-MariaDB|^1[12]\.\d+\.\d+-MariaDB/,
  hasOpenTransactions: true,
  filesLagBehind: false,
  listsOpenWrites: true,
  flushes: false,
  abortsTransactions: true,
  namesOtherHolders: true,
  noticesCrashes: true,
  measuresBlockedWrites: false,
  hasServerProcess: true,
};

let template: string;

beforeAll(() => {
  template = installTemplate(countingDatabase);
});
afterAll(() => rmSync(dirname(template), { recursive: true }));

engineContract("the mariadb engine", abilities, () => mariadbUnderTest(template));
