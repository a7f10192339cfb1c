// An agent needs no root: as the database's own user it does all that is asked of it, and gives every file back as it was. As
// somebody who may not, it says so at its start, or before a backup blocks a single write.
import { execFileSync, spawn } from "node:child_process";
import { chmod, chown, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { AgentClients } from "../../coordinator/agent-client.ts";
import type { AgentPort } from "../../coordinator/ports.ts";
import { writeFiles } from "../support/file-tree.ts";
import { binary } from "../support/run-cli.ts";
import { takeBackup } from "../support/take-backup.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { forever } from "../support/test-agent.ts";
import { wholeTree } from "../support/whole-tree.ts";

/** Nobody of this machine. */
const someUser = 54_321;
const database = 54_322;
const files = {
  CURRENT: "000005.log\n",
  "000004.sst": "table",
  "000005.log": "wal",
  "sub/000006.sst": "another table",
};

/** Only root can be two users. */
function mustBeRoot(): void {
  if (process.getuid?.() !== 0)
    throw new Error("this test must run as root, as CI does: it starts agents as other users");
}

async function dataOf(owner: number): Promise<string> {
  const home = await temporaryDirectory();
  const dataDir = join(home, "db1");
  await writeFiles(dataDir, files);
  await chmod(join(dataDir, "CURRENT"), 0o640);
  await chmod(join(dataDir, "sub"), 0o750);
  await chmod(home, 0o755);
  execFileSync("chown", ["-R", `${owner}:${owner}`, dataDir]);
  await mkdir(join(dataDir, "lost+found"), { mode: 0o700 }); // as where it is the root of a file system
  return dataDir;
}

interface Started {
  port: AgentPort;
  /** What it wrote to stderr before it ended. */
  ended: Promise<string>;
  /** The same, up to now. */
  said: () => string;
}

/** A real process, started by `as`; resolves when it listens, or with no port if it ends before that. */
async function startAgent(dataDir: string, as: { user?: number; before?: string[]; umask?: string }): Promise<Started> {
  const config = join(dataDir, "../agent.yaml");
  const engine = { kind: "exec", stop: ["true"], resume: ["true"], stopServer: ["true"], startServer: ["true"] };
  const layout = { immutable: ["**/*.sst"], appendOnly: ["**/*.log"] };
  await writeFile(config, stringify({ server: "db1", listen: "127.0.0.1:0", dataDir, engine, files: layout }));
  const { user, before = [], umask = "022" } = as;
  const command = [...before, process.execPath, binary, "agent", "--config", config];
  const child = spawn("sh", ["-c", `umask ${umask}; exec "$@"`, "sh", ...command], {
    stdio: ["ignore", "ignore", "pipe"],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  let said = "";
  const listening = Promise.withResolvers<string>();
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(said)));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    const [, address] = /"address":"([^"]+)"/.exec(said) ?? [];
    if (address !== undefined) listening.resolve(address);
  });
  const clients = new AgentClients();
  onTestFinished(async () => {
    clients.close();
    child.kill("SIGKILL");
    await ended;
  });
  const address = await Promise.race([listening.promise, ended.then(() => "127.0.0.1:1")]);
  const [port] = clients.connect([{ id: "db1", agent: address }]) as [AgentPort];
  return { port, ended, said: () => said };
}

async function backUp(port: AgentPort) {
  const run = { backupId: "2026-11-22T15.04.05.123Z_nightly", token: 7 };
  expect(await port.describe(true, forever)).toMatchObject({ healthy: true, problem: "" });
  await takeBackup(port, run);
  return run;
}

async function restore(port: AgentPort, backupId: string) {
  const run = { backupId, token: 8 };
  await port.stageRestore(run, { pieceServerId: "db1", dryRun: false, ignoreVersion: false }, () => {}, forever);
  await port.flipRestore(run, forever);
  await port.startRestored(run, { undone: false });
  await port.finishRestore(run);
}

/** Mode, owner and content of each file, whatever inode it has. */
async function looks(directory: string, leftOut = ""): Promise<Record<string, string>> {
  const tree = await wholeTree(directory, leftOut);
  return Object.fromEntries(Object.entries(tree).map(([path, look]) => [path, look.replace(/^inode \d+ /, "")]));
}

/** Backs up, verifies, restores what was damaged since, and deletes. */
async function expectWholeLife(dataDir: string, { port }: Started, owner: number): Promise<void> {
  const before = await looks(dataDir, "backups");
  const { backupId } = await backUp(port);
  const piece = join(dataDir, "backups", backupId);
  const { "": _top, "lost+found": lostAndFound, ...original } = before;
  expect(await looks(join(piece, "data"))).toMatchObject(original);
  expect(await looks(join(piece, "data"))).not.toHaveProperty("lost+found");
  expect(await port.verifyPiece(backupId, () => {}, forever)).toMatchObject({ problems: [] });

  await expectPrivate(join(dataDir, "backups"), join(backupId, "data"));
  await writeFile(join(dataDir, "CURRENT"), "damaged");
  await restore(port, backupId);
  expect(await looks(dataDir, "backups")).toMatchObject({ ...original, "lost+found": lostAndFound });
  expect(before[""]).toContain(`owner ${owner}:${owner}`);
  expect(await port.deletePiece({ backupId, token: 9 }, forever)).toMatchObject({ existed: true });
}

/** Everything of our own is for us only; what is in data/ looks as it does in the database, behind a directory that is ours. */
async function expectPrivate(backups: string, data: string): Promise<void> {
  const open = Object.entries(await wholeTree(backups, data)).filter(([, look]) => !/ mode (40700|100600) /.test(look));
  expect(open).toEqual([]);
}

it("an agent that runs as the database's user does the whole life of a backup, also where umask hides nothing", async () => {
  mustBeRoot();
  const dataDir = await dataOf(someUser);
  await expectWholeLife(dataDir, await startAgent(dataDir, { user: someUser, umask: "000" }), someUser);
});

it("an agent that runs as root leaves every file to the database's user, also where umask hides all", async () => {
  mustBeRoot();
  const dataDir = await dataOf(database);
  await expectWholeLife(dataDir, await startAgent(dataDir, { umask: "077" }), database);
});

it("an agent of another user does it all with three capabilities", async () => {
  mustBeRoot();
  const dataDir = await dataOf(database);
  const capabilities = "+chown,+dac_override,+fowner";
  const ids = ["--reuid", String(someUser), "--regid", String(someUser), "--clear-groups"];
  const before = ["setpriv", ...ids, "--inh-caps", capabilities, "--ambient-caps", capabilities];
  await expectWholeLife(dataDir, await startAgent(dataDir, { before }), database);
});

describe("a directory into which its own user may not write", () => {
  /** At the top, where a restore moves it, and further down. */
  async function lock(dataDir: string): Promise<void> {
    for (const path of ["locked/below", "locked"]) await chmod(join(dataDir, path), 0o500);
  }

  async function dataWithLocked(): Promise<string> {
    const dataDir = await dataOf(someUser);
    await writeFiles(dataDir, { "locked/000007.sst": "table", "locked/below/OPTIONS": "small" });
    execFileSync("chown", ["-R", `${someUser}:${someUser}`, join(dataDir, "locked")]);
    return dataDir;
  }

  const trashOf = (dataDir: string) => readdir(join(dataDir, "backups/.trash"));

  it("is backed up, restored and deleted like any other", async () => {
    mustBeRoot();
    const dataDir = await dataWithLocked();
    await lock(dataDir);
    await expectWholeLife(dataDir, await startAgent(dataDir, { user: someUser }), someUser);
    expect(await trashOf(dataDir)).toEqual([]);
  });

  it("may become so between Prepare and Seal", async () => {
    mustBeRoot();
    const dataDir = await dataWithLocked();
    const { port } = await startAgent(dataDir, { user: someUser });
    const run = { backupId: "2026-11-22T15.04.05.123Z_nightly", token: 7 };
    await port.prepare(run, forever);
    await lock(dataDir);
    const before = await looks(dataDir, "backups");
    await takeBackup(port, run);
    const { "": _top, "lost+found": _, ...original } = before;
    expect(await looks(join(dataDir, "backups", run.backupId, "data"))).toMatchObject(original);
    await restore(port, run.backupId);
    expect(await looks(dataDir, "backups")).toMatchObject(original);
    expect(await port.deletePiece({ ...run, token: 9 }, forever)).toMatchObject({ existed: true });
    expect(await trashOf(dataDir)).toEqual([]);
  });

  it("goes with the run that is aborted, and with the restore that is undone", async () => {
    mustBeRoot();
    const dataDir = await dataWithLocked();
    await lock(dataDir);
    const { port } = await startAgent(dataDir, { user: someUser });
    const aborted = { backupId: "2026-11-22T14.00.00.000Z_aborted", token: 6 };
    await port.prepare(aborted, forever);
    await port.abort(aborted, 1);
    const before = await looks(dataDir, "backups");
    const { backupId } = await backUp(port);
    const run = { backupId, token: 8 };
    await port.stageRestore(run, { pieceServerId: "db1", dryRun: false, ignoreVersion: false }, () => {}, forever);
    await port.flipRestore(run, forever);
    await port.undoRestore(run);
    expect(await looks(dataDir, "backups")).toEqual(before);
    const left = (await readdir(join(dataDir, "backups"))).filter((name) => name.startsWith(".rest"));
    expect([await trashOf(dataDir), left]).toEqual([[], []]);
  });
});

it("trash that is not the agent's to remove does not keep it from its start, and is named", async () => {
  mustBeRoot();
  const dataDir = await dataOf(someUser);
  await writeFiles(dataDir, { "backups/.trash/old/of-root/file": "" });
  for (const path of ["backups", "backups/.trash", "backups/.trash/old"]) {
    await chown(join(dataDir, path), someUser, someUser);
  }
  const { port, said } = await startAgent(dataDir, { user: someUser });
  await backUp(port);
  expect(said()).toContain(`${join(dataDir, "backups/.trash/old")}\\" cannot be removed: EACCES`);
});

it("backups that somebody had opened to others are closed at the agent's start", async () => {
  mustBeRoot();
  const dataDir = await dataOf(someUser);
  await mkdir(join(dataDir, "backups"), { mode: 0o777 });
  await chown(join(dataDir, "backups"), someUser, someUser);
  await startAgent(dataDir, { user: someUser });
  await expectPrivate(join(dataDir, "backups"), "");
});

describe("what the agent's user may not do is said", () => {
  it("at its start, where it may not write to the data directory", async () => {
    mustBeRoot();
    const dataDir = await dataOf(database);
    const said = await (await startAgent(dataDir, { user: someUser })).ended;
    expect(said).toContain(`user ${someUser} may not read and write data directory "${dataDir}"`);
    expect(said).toContain("hint: run the agent as the user that owns the data directory");
  });

  it("before a backup begins, where a file or directory is not the agent's to link, to read or to give back", async () => {
    mustBeRoot();
    const dataDir = await dataOf(someUser);
    const { port } = await startAgent(dataDir, { user: someUser });
    const forbidden: [path: string, uid: number, gid: number, mode: number, problem: string][] = [
      ["000004.sst", 0, someUser, 0o600, `belongs to user 0, the agent runs as user ${someUser}: run the agent as`],
      ["CURRENT", database, database, 0o666, `belongs to user ${database}`],
      ["CURRENT", someUser, database, 0o640, `belongs to group ${database}, the agent's user ${someUser} does not`],
      ["sub/000006.sst", someUser, someUser, 0o000, "has mode 0000: its own user may not read it"],
      ["sub", database, database, 0o755, `belongs to user ${database}`],
    ];
    for (const [path, uid, gid, mode, problem] of forbidden) {
      const at = join(dataDir, path);
      await chown(at, uid, gid);
      await chmod(at, mode);
      const described = await port.describe(true, forever);
      expect(described).toMatchObject({ healthy: false, problem: expect.stringContaining(`"${at}" ${problem}`) });
      await chown(at, someUser, someUser);
      await chmod(at, 0o700);
    }
    expect(await port.describe(true, forever)).toMatchObject({ healthy: true });
  });
});
