// The real binary, as people run it, against a coordinator that says what the test wants it to say.
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../cli/exit-codes.ts";
import { type Reason, StillpointError } from "../../proto/errors.ts";
import type { CreateBackupRequest } from "../../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { CreateBackupResponseInput } from "../../proto/gen/stillpoint/v1/CreateBackupResponse.ts";
import type { Call } from "../../proto/serve.ts";
import { aborted } from "../../runtime/clock.ts";
import { exampleBackup, FakeCoordinator, failing, type Script, sending } from "../support/fake-coordinator.ts";
import { binary, hasTerminals, olderNode, runCli, runOnTerminal, startCli } from "../support/run-cli.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const id = exampleBackup.id;
const at = (ms: number) => ({ seconds: 1_795_359_845, nanos: ms * 1_000_000 });

/** Runs one command against a coordinator that answers by the script. */
async function runAgainst(script: Script, args: string[]) {
  await using coordinator = await FakeCoordinator.start(script);
  return await runCli(args, { env: { STILLPOINT_COORDINATOR: coordinator.address } });
}

describe("the binary", () => {
  it.skipIf(olderNode() === undefined)(
    "hands over to Node 24 when it is started by an older one, with arguments and exit code",
    async () => {
      const node = olderNode() as string;
      const [version, wrong] = await Promise.all([runCli(["--version"], { node }), runCli(["nonsense"], { node })]);
      expect(version).toMatchObject({ stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "", code: 0 });
      expect(wrong.code).toBe(2);
    },
  );

  it.skipIf(olderNode() === undefined)("passes signals on through an older Node", async () => {
    const run = claimedRun();
    const cancelBackup = async () => {
      run.reject(cancelledRun);
      return { id };
    };
    await using coordinator = await FakeCoordinator.start({ createBackup: run.create, cancelBackup });
    const env = { STILLPOINT_COORDINATOR: coordinator.address };
    const cli = startCli(["create"], { node: olderNode() as string, env });
    await cli.says("claimed");
    cli.process.kill("SIGINT");
    expect(await cli.ended).toMatchObject({ code: 130, stderr: expect.stringContaining(cancelledRun.message) });
  });

  it("works through a link, as npm makes them, and from any directory", async () => {
    const directory = await temporaryDirectory();
    const link = join(directory, "bin/stillpoint");
    await mkdir(join(directory, "bin"));
    await symlink(binary, link);
    expect(await runCli(["--version"], { script: link, cwd: directory })).toMatchObject({ stderr: "", code: 0 });
  });

  it("keeps what Node compiled where systemd says, since the rest of the system is read-only there", async () => {
    const directory = await temporaryDirectory();
    await runCli(["--version"], { env: { CACHE_DIRECTORY: directory } });
    const [key = ""] = await readdir(directory);
    expect((await readdir(join(directory, key))).length).toBeGreaterThan(0);
  });
});

describe("bad usage", () => {
  it("is told on stderr, with what to do and exit code 2", async () => {
    expect(await runCli(["lst"])).toEqual({
      stdout: "",
      stderr: "error: unknown command 'lst'\nhint: did you mean list?\n",
      code: 2,
    });
  });

  it("is an error document with --json", async () => {
    const { stdout, stderr, code } = await runCli(["create", "--label", "../x", "--json"]);
    expect(JSON.parse(stdout).error).toMatchObject({
      reason: "invalid",
      message: 'label "../x" is not allowed',
      blockers: [],
    });
    expect({ stderr, code }).toEqual({ stderr: "", code: 2 });
  });

  it("is a configuration with something wrong in it, each on its line", async () => {
    const file = join(await temporaryDirectory(), "agent.yaml");
    await writeFile(file, "server: db1\ndataDir: data\nengine: { kind: foo }\nfiles: leveldb\n");
    const { stderr, code } = await runCli(["agent", "--config", file]);
    const [first, second, ...others] = stderr.split("\n");
    expect(first).toBe(`error: ${file}: dataDir is "data": must be a full path, such as "/var/lib/db1"`);
    expect(second).toContain(`       ${file}: engine.kind is "foo": must be one of grpc, exec, `);
    expect(others).toEqual([""]);
    expect(code).toBe(2);
  });
});

describe("create", () => {
  const createBackup = (...texts: string[]) =>
    sending<CreateBackupResponseInput>(
      ...texts.map((text, index) => ({ event: { step: "claimed", text, at: at(index * 250) } })),
      { event: { step: "sealing", serverId: "db1", text: "half", at: at(900), doneBytes: 5, totalBytes: 10 } },
      { backup: exampleBackup },
    );

  it("prints each step as it happens on stderr, then the backup on stdout", async () => {
    const { stdout, stderr, code } = await runAgainst(
      { createBackup: createBackup("claimed the slot", "read the Plan") },
      ["create"],
    );
    expect(stderr).toBe("   0.00 s  claimed the slot\n   0.25 s  read the Plan\n");
    expect(stdout).toMatch(new RegExp(`^${id}  COMPLETE\n`));
    expect(stdout).toContain("dead time  31.3 ms in 2 rounds");
    expect(code).toBe(0);
  });

  it("prints exactly one JSON document on stdout with --json", async () => {
    const { stdout, stderr, code } = await runAgainst({ createBackup: createBackup("claimed the slot") }, [
      "--json",
      "create",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ id, state: "COMPLETE", nrDBServers: 2, deadTimeMs: 31.25 });
    expect(stderr).toContain("claimed the slot");
    expect(code).toBe(0);
  });

  it("sends what was given, and leaves the rest to the coordinator", async () => {
    const requests: CreateBackupRequest[] = [];
    const record = (request: CreateBackupRequest) => {
      requests.push(request);
      return createBackup()();
    };
    const given = ["--label", "a", "--timeout", "2m", "--first-wait", "100ms", "--max-wait", "3s", "--max-stall", "0"];
    await runAgainst({ createBackup: record }, [
      "create",
      ...given,
      "--hold",
      "1s",
      "--patience",
      "0",
      "--force",
      "--allow-inconsistent",
    ]);
    await runAgainst({ createBackup: record }, ["create"]);
    expect(requests[0]).toMatchObject({
      ...{
        label: "a",
        timeoutMs: 120_000,
        firstWaitMs: 100,
        maxWaitMs: 3_000,
        maxStallMs: 0,
        holdMs: 1_000,
        patience: 0,
      },
      ...{ force: true, allowInconsistent: true },
    });
    expect(requests[1]).toEqual({ label: "", force: false, allowInconsistent: false, dryRun: false });
  });

  it("with --dry-run tells how a backup would begin, and what is in the way", async () => {
    const requests: CreateBackupRequest[] = [];
    const forecast = {
      ...{
        occasion: "cheap",
        text: "db2 would be locked first",
        firstServerIds: ["db2"],
        waitMs: 6000,
        patienceMs: 96_000,
      },
      blockers: [{ serverId: "db2", id: "tx-17", ageMs: 12_345, owner: "alice@10.0.0.9", description: "a report" }],
      silentServerIds: ["db3"],
    };
    const createBackup = (request: CreateBackupRequest) => {
      requests.push(request);
      return sending<CreateBackupResponseInput>(
        { event: { step: "plan-read", text: "read the Plan", at: at(0) } },
        { forecast },
      )();
    };
    const { stdout, code } = await runAgainst({ createBackup }, ["create", "--dry-run", "--timeout", "2m"]);
    expect(requests).toMatchObject([{ dryRun: true, timeoutMs: 120_000 }]);
    expect(stdout).toMatch(/^cheap {2}db2 would be locked first$/m);
    expect(stdout).toMatch(/^db2 +tx-17 +12\.3 s +alice@10\.0\.0\.9, a report$/m);
    expect(stdout).toMatch(/^cannot tell their open writes: db3$/m);
    expect(code).toBe(0);
    const json = await runAgainst({ createBackup }, ["--json", "create", "--dry-run"]);
    expect(JSON.parse(json.stdout)).toEqual({ ...forecast, claim: null });
  });

  it("shows who is in the way", async () => {
    const blockers = [
      { serverId: "db2", id: "tx-17", ageMs: 12_345, owner: "alice@10.0.0.9", description: "UPDATE accounts" },
    ];
    const busy = new StillpointError("lock-busy", "server db2 stayed busy for 2 min", { blockers });
    const { stderr, code } = await runAgainst({ createBackup: failing(busy) }, ["create"]);
    expect(stderr).toBe(
      [
        "error: server db2 stayed busy for 2 min",
        "",
        "server  transaction  open for  owner           doing",
        "db2     tx-17          12.3 s  alice@10.0.0.9  UPDATE accounts",
        "",
        "hint: wait for the write transactions in the way to end, give a longer --timeout, or abort them with --force",
        "",
      ].join("\n"),
    );
    expect(code).toBe(3);
  });

  it("fails when the coordinator ends without a result", async () => {
    const { stderr, code } = await runAgainst({ createBackup: sending() }, ["create"]);
    expect(stderr).toContain("the coordinator ended the call without a result");
    expect(code).toBe(1);
  });

  it("does not let another machine's words steer the terminal", async () => {
    const { stderr } = await runAgainst({ createBackup: createBackup("a\u001B]0;title\u0007b\rc\u001B[2J") }, [
      "create",
    ]);
    expect(stderr).toContain("a�]0;title�b�c�[2J\n");
  });
});

const cancelledRun = new StillpointError("cancelled", `the run of backup "${id}" was cancelled`);

/** A run that has claimed the cluster, and goes on until the test says how it ends, or its caller goes away. */
function claimedRun() {
  const end = Promise.withResolvers<CreateBackupResponseInput>();
  const state = { isLeft: false, cancelled: [] as string[] };
  const create = async function* (
    _request: CreateBackupRequest,
    { signal }: Call,
  ): AsyncGenerator<CreateBackupResponseInput> {
    yield { event: { step: "claimed", text: "claimed", at: at(0), backupId: id } };
    const left = aborted(signal).then(() => {
      state.isLeft = true;
      throw cancelledRun;
    });
    yield await Promise.race([end.promise, left]);
  };
  return { ...end, state, create };
}

const claim = { holder: "c1", backupId: id, since: at(0), token: 7, purpose: "create" };
const free = async () => ({ coordinator: "c1", version: "0.1.0", claim: null, planRevision: 1, servers: [] });
const busyWith = (phase: string) => async () => ({
  ...(await free()),
  claim,
  jobs: [{ backupId: id, phase, holder: "c1", unsettled: false }],
});

/** Starts a command, sends it Ctrl-C when it has said that the run has its claim, and gives its end. */
async function interrupt(script: Script, args: string[], signal: NodeJS.Signals = "SIGINT") {
  await using coordinator = await FakeCoordinator.start(script);
  const cli = startCli(args, { env: { STILLPOINT_COORDINATOR: coordinator.address } });
  await cli.says("claimed");
  cli.process.kill(signal);
  return await cli.ended;
}

describe("Ctrl-C", () => {
  it("cancels the run, and waits until it has told that it is taken back", async () => {
    const run = claimedRun();
    const cancelBackup = async (request: { id: string }) => {
      run.state.cancelled.push(request.id);
      run.reject(cancelledRun);
      return { id };
    };
    const { stdout, stderr, code } = await interrupt({ createBackup: run.create, cancelBackup }, ["create", "--json"]);
    expect(run.state).toEqual({ isLeft: false, cancelled: [id] });
    expect(stderr).toContain("cancelling; Ctrl-C again leaves at once");
    expect(JSON.parse(stdout).error).toMatchObject({
      reason: "cancelled",
      message: cancelledRun.message,
      hint: "nothing is left of it; begin again when you like",
    });
    expect(code).toBe(130);
  });

  it.each(["as text", "with --json"])(
    "that comes after the decision gives the result, and exit code 0: %s",
    async (how) => {
      const run = claimedRun();
      const cancelBackup = async () => {
        run.resolve({ backup: exampleBackup });
        throw new StillpointError("not-found", "over before it could be cancelled");
      };
      const args = how === "with --json" ? ["create", "--json"] : ["create"];
      const { stdout, stderr, code } = await interrupt({ createBackup: run.create, cancelBackup }, args);
      expect(stdout).toContain("COMPLETE");
      if (how === "with --json") expect(JSON.parse(stdout)).toMatchObject({ id, state: "COMPLETE" });
      expect(stderr).toContain("too late to cancel: it was decided before, and is done");
      expect(stderr).not.toContain("nothing is left");
      expect(code).toBe(0);
    },
  );

  it("during a restore that cannot be taken back any more says that it was done", async () => {
    const result = { id, dryRun: false, planRevision: 9, planChanges: 2, servers: [] };
    const end = Promise.withResolvers<{ result: typeof result }>();
    const script: Script = {
      restoreBackup: async function* () {
        yield { event: { step: "claimed", text: "claimed", at: at(0), backupId: id } };
        yield await end.promise;
      },
      cancelBackup: async () => {
        end.resolve({ result });
        throw new StillpointError("not-found", "over before it could be cancelled");
      },
    };
    const { stdout, stderr, code } = await interrupt(script, ["restore", id, "--yes"]);
    expect(stdout).toContain(`${id}  restored`);
    expect(stderr).toContain("too late to cancel");
    expect(code).toBe(0);
  });

  it("says what is left when not all could be taken back", async () => {
    const end = Promise.withResolvers<never>();
    const script: Script = {
      createBackup: async function* () {
        yield { event: { step: "claimed", text: "claimed", at: at(0), backupId: id } };
        yield { event: { step: "abort-failed", text: "db2 does not answer", at: at(1) } };
        yield await end.promise;
      },
      cancelBackup: async () => {
        end.reject(cancelledRun);
        return { id };
      },
    };
    const { stderr, code } = await interrupt(script, ["create"]);
    expect(stderr).toContain("hint: not all of it could be taken back yet");
    expect(code).toBe(130);
  });

  it.each([
    ["making", "is being taken back, which is not over yet"],
    ["committing", "was decided before it was cancelled: it is a backup as soon as all agents have answered"],
    ["gone", "was cancelled; what became of it is not known yet"],
  ])("leaves a run that does not end, and says what is known of it: %s", async (phase, words) => {
    const run = claimedRun();
    const cancelBackup = async () => {
      throw new StillpointError("not-found", "another coordinator's");
    };
    const getStatus = phase === "gone" ? free : busyWith(phase);
    const script = { createBackup: run.create, cancelBackup, getStatus };
    const { stderr, code } = await interrupt(script, ["create"], "SIGTERM");
    expect(run.state.isLeft).toBe(true);
    expect(stderr).toContain(`error: the run of backup "${id}" ${words}\nhint: stillpoint status shows whether`);
    expect(stderr).not.toContain("nothing is left");
    expect(code).toBe(130);
  });

  it("before the run has its claim leaves it at once: there is nothing to take back", async () => {
    const begun = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const createBackup = async function* (_: CreateBackupRequest, { signal }: Call) {
      begun.resolve();
      await aborted(signal);
      left.resolve();
      yield { event: { step: "claimed", text: "never heard", at: at(0) } };
    };
    await using coordinator = await FakeCoordinator.start({ createBackup });
    const cli = startCli(["create"], { env: { STILLPOINT_COORDINATOR: coordinator.address } });
    await begun.promise;
    cli.process.kill("SIGINT");
    const { stderr, code } = await cli.ended;
    await left.promise;
    expect(stderr).toContain("error: the call was cancelled");
    expect(code).toBe(130);
  });

  it("given twice leaves at once", async () => {
    const run = claimedRun();
    const asked = Promise.withResolvers<void>();
    const cancelBackup = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    await using coordinator = await FakeCoordinator.start({ createBackup: run.create, cancelBackup });
    const cli = startCli(["create"], { env: { STILLPOINT_COORDINATOR: coordinator.address } });
    await cli.says("claimed");
    cli.process.kill("SIGINT");
    await asked.promise;
    await pause(300); // sooner, it would be taken for the same Ctrl-C
    cli.process.kill("SIGINT");
    const { stderr, code } = await cli.ended;
    expect(stderr).toContain("left without waiting: a second signal");
    expect(code).toBe(130);
  });

  it("delivered twice by npm and the terminal is one", async () => {
    const run = claimedRun();
    const cancelBackup = async () => {
      cli.process.kill("SIGTERM"); // two of the same might arrive as one
      run.reject(cancelledRun);
      return { id };
    };
    await using coordinator = await FakeCoordinator.start({ createBackup: run.create, cancelBackup });
    const cli = startCli(["create"], { env: { STILLPOINT_COORDINATOR: coordinator.address } });
    await cli.says("claimed");
    cli.process.kill("SIGINT");
    expect(await cli.ended).toMatchObject({ code: 130, stderr: expect.stringContaining(cancelledRun.message) });
  });
});

describe("Ctrl-C during a deletion", () => {
  /** Sends it when the coordinator has the call, and gives the command's end. */
  async function interruptDelete(script: Script, args: string[] = []) {
    const begun = Promise.withResolvers<void>();
    const deleteBackup: NonNullable<Script["deleteBackup"]> = async (_, { signal }) => {
      begun.resolve();
      await aborted(signal);
      throw cancelledRun;
    };
    await using coordinator = await FakeCoordinator.start({ ...script, deleteBackup });
    const env = { STILLPOINT_COORDINATOR: coordinator.address };
    const cli = startCli(["delete", id, "--yes", ...args], { env });
    await begun.promise;
    cli.process.kill("SIGINT");
    return await cli.ended;
  }

  it("that was decided waits until all is gone, and says so with exit code 0", async () => {
    let asked = 0;
    const getStatus = async () => (++asked < 3 ? await busyWith("deleting")() : await free());
    const getBackup = async () => {
      throw new StillpointError("not-found", `there is no backup "${id}"`);
    };
    const { stdout, stderr, code } = await interruptDelete({ getStatus, getBackup }, ["--json"]);
    expect(JSON.parse(stdout)).toEqual({ id, serverIds: null, bytes: null });
    expect(stderr).toContain("too late to cancel: it was decided before, and is done");
    expect([asked, code]).toEqual([3, 0]);
  });

  it("that was not decided says that the backup is still there", async () => {
    const getBackup = async () => ({ backup: exampleBackup });
    const { stderr, code } = await interruptDelete({ getStatus: free, getBackup });
    expect(stderr).toContain(`error: backup "${id}" is still there: its deletion was cancelled`);
    expect(stderr).not.toContain("nothing is left");
    expect(code).toBe(130);
  });

  it("says that it is not known what became of it when nobody can tell", async () => {
    const { stderr, code } = await interruptDelete({});
    expect(stderr).toContain(`error: the run of backup "${id}" was cancelled; what became of it is not known yet`);
    expect(code).toBe(130);
  });
});

describe.skipIf(!hasTerminals())("on a terminal", () => {
  it("progress is one live line, and tables have a line under their head", async () => {
    const sealing = (serverId: string, doneBytes: number) => ({
      event: { step: "sealing", serverId, text: "", at: at(10), doneBytes, totalBytes: 100 },
    });
    const sealed = { event: { step: "sealed", serverId: "db1", text: "sealed db1", at: at(500) } };
    const createBackup = sending<CreateBackupResponseInput>(
      ...[sealing("db1", 20), sealing("db2", 30), sealing("db1", 60), sealing("db1", 100), sealed],
      { backup: exampleBackup },
    );
    await using coordinator = await FakeCoordinator.start({ createBackup });
    const { output, code } = await runOnTerminal(["create"], coordinator.address);
    const erase = "\r\u001B[2K";
    expect(output).toContain(
      `sealing db1 20 %${erase}sealing db1 20 %   sealing db2 30 %${erase}sealing db1 60 %   sealing db2 30 %${erase}sealing db2 30 %${erase}`,
    );
    expect(output).toContain(`sealed db1\r\nsealing db2 30 %${erase}`);
    expect(output).toMatch(/server +stall .*\r\n─+\r\ndb1 /);
    expect(code).toBe(0);
  });

  it("delete asks, and takes yes only", async () => {
    const deleted: string[] = [];
    const deleteBackup: NonNullable<Script["deleteBackup"]> = async (request) => {
      deleted.push(request.id);
      return { serverIds: ["db1"], bytes: 5 };
    };
    await using coordinator = await FakeCoordinator.start({ deleteBackup });
    const question = `delete backup ${id} from all servers? [y/N] `;
    const no = await runOnTerminal(["delete", id], coordinator.address, { question, answer: "\r" });
    expect(no.output).toContain("nothing was changed");
    expect([no.code, deleted]).toEqual([130, []]);
    const yes = await runOnTerminal(["delete", id], coordinator.address, { question, answer: "y\r" });
    expect(yes.output).toContain(`deleted ${id} from db1: 5 B`);
    expect([yes.code, deleted]).toEqual([0, [id]]);
  });
});

describe("the other commands", () => {
  const partial = {
    ...exampleBackup,
    state: "BACKUP_STATE_PARTIAL" as const,
    servers: exampleBackup.servers.map((server) =>
      server.id === "db2" ? { ...server, present: false, problem: "gone" } : server,
    ),
  };

  it("list shows what there is, a PARTIAL backup and unreachable servers too, with exit code 0", async () => {
    const listBackups = async () => ({
      backups: [exampleBackup, partial],
      unreachable: [{ id: "db2", problem: "refused" }],
    });
    const text = await runAgainst({ listBackups }, ["list"]);
    expect(text.stdout).toMatch(/COMPLETE +2026-11-22 15:04:05 UTC +3\.1 GiB +2 +31\.3 ms/);
    expect(text.stdout).toMatch(/PARTIAL .* 1 of 2 /);
    expect(text.stdout).toContain("cannot ask server db2: refused");
    const json = await runAgainst({ listBackups }, ["list", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      backups: [{ id }, { state: "PARTIAL" }],
      unreachable: [{ id: "db2" }],
    });
    expect([text.code, json.code]).toEqual([0, 0]);
  });

  it("show prints the pieces' holds", async () => {
    const getBackup = async () => ({ backup: partial });
    const text = await runAgainst({ getBackup }, ["show", id]);
    expect(text.stdout).toMatch(
      /db2 +grpc 1\.2\.3 +2026-11-22T15:04:06\.005Z +2026-11-22T15:04:06\.007Z .* 3\.3 ms +yes/,
    );
    const json = await runAgainst({ getBackup }, ["show", id, "--json"]);
    expect(JSON.parse(json.stdout).servers[1].hold).toMatchObject({ round: 2, unbroken: true });
    expect([text.code, json.code]).toEqual([0, 0]);
  });

  it("verify has exit code 8 for a backup that is not valid, and the verdict as its one document", async () => {
    const verdict = { id, valid: false, problems: ["db1: a.sst differs"], files: 3, bytes: 12 };
    const wrong = await runAgainst({ verifyBackup: sending({ verdict }) }, ["verify", id, "--json"]);
    expect(JSON.parse(wrong.stdout)).toEqual(verdict);
    const right = await runAgainst({ verifyBackup: sending({ verdict: { ...verdict, valid: true, problems: [] } }) }, [
      "verify",
      id,
    ]);
    expect(right.stdout).toBe(`${id}  valid, 3 files, 12 B checked\n`);
    expect([wrong.code, right.code]).toEqual([8, 0]);
  });

  it("restore sends its options and says what was done", async () => {
    const servers = [{ id: "db4", pieceServerId: "db1", failsafeDir: "/d/.failsafe/t", downMs: 12.5 }];
    const result = { id, dryRun: false, planRevision: 9, planChanges: 2, servers };
    let sent: unknown;
    const restoreBackup: NonNullable<Script["restoreBackup"]> = (request) => {
      sent = request;
      return sending({ event: { step: "staging", text: "staging", at: at(0) } }, { result })();
    };
    const options = ["--map", "db1=db4", "--map", "db2=db5", "--ignore-version", "--allow-inconsistent", "--yes"];
    const { stdout, code } = await runAgainst({ restoreBackup }, ["restore", id, ...options]);
    expect(sent).toEqual({
      id,
      dryRun: false,
      serverMap: { db1: "db4", db2: "db5" },
      ignoreVersion: true,
      allowInconsistent: true,
    });
    expect(stdout).toMatch(/db4 +db1 +12\.5 ms +\/d\/\.failsafe\/t/);
    const json = await runAgainst({ restoreBackup }, ["restore", id, "--dry-run", "--json"]);
    expect(JSON.parse(json.stdout)).toEqual(result);
    expect([code, json.code]).toEqual([0, 0]);
  });

  it("delete, cancel and status print their documents", async () => {
    const script: Script = {
      deleteBackup: async () => ({ serverIds: ["db1", "db2"], bytes: 2048 }),
      cancelBackup: async (request) => ({ id: request.id || "running" }),
      getStatus: async () => ({ ...(await free()), claim }),
    };
    const [deleted, cancelled, named, status, text] = await Promise.all([
      runAgainst(script, ["delete", id, "--yes", "--json"]),
      runAgainst(script, ["cancel", "--json"]),
      runAgainst(script, ["cancel", id]),
      runAgainst(script, ["status", "--json"]),
      runAgainst(script, ["status"]),
    ]);
    expect(JSON.parse(deleted.stdout)).toEqual({ id, serverIds: ["db1", "db2"], bytes: 2048 });
    expect(JSON.parse(cancelled.stdout)).toEqual({ id: "running" });
    expect(named.stdout).toBe(`cancelled ${id}\n`);
    expect(JSON.parse(status.stdout).claim).toMatchObject({ holder: "c1", backupId: id, token: 7, purpose: "create" });
    expect(text.stdout).toContain(`claim        c1 has it to create ${id}, since 2026-11-22 15:04:05 UTC`);
  });

  it("plan apply sends what the file says, and plan show prints a file that can be applied", async () => {
    const file = join(await temporaryDirectory(), "plan.yaml");
    const yaml = "DBServers:\n  db1:\n    agent: 127.0.0.1:7421\n";
    await writeFile(file, yaml);
    let sent: unknown;
    const script: Script = {
      applyPlan: async ({ entries }) => {
        sent = entries.map(({ key, value }) => [key, value.toString()]);
        return { revision: 5, written: ["DBServers/db1"], removed: ["DBServers/db2"] };
      },
      getPlan: async () => ({
        revision: 5,
        entries: [{ key: "DBServers/db1", value: Buffer.from('{"agent":"127.0.0.1:7421"}') }],
      }),
    };
    const applied = await runAgainst(script, ["plan", "apply", file, "--json"]);
    expect(sent).toEqual([["DBServers/db1", '{"agent":"127.0.0.1:7421"}']]);
    expect(JSON.parse(applied.stdout)).toEqual({ revision: 5, written: ["DBServers/db1"], removed: ["DBServers/db2"] });
    expect((await runAgainst(script, ["plan", "show"])).stdout).toBe(`# revision 5\n${yaml}`);
    const shown = await runAgainst(script, ["plan", "show", "--json"]);
    expect(JSON.parse(shown.stdout)).toEqual({
      revision: 5,
      entries: { "DBServers/db1": { agent: "127.0.0.1:7421" } },
    });
  });
});

describe("errors of the coordinator", () => {
  it("have the exit code of their reason, and travel whole with --json", async () => {
    const reasonByCode = new Map(Object.entries(exitCodes).map(([reason, code]) => [code, reason as Reason]));
    const reasons = [...reasonByCode.values()];
    const results = await Promise.all(
      reasons.map(async (reason) => {
        const error = new StillpointError(reason, `because of ${reason}`, { hint: "do this" });
        const { stdout, stderr, code } = await runAgainst({ listBackups: () => Promise.reject(error) }, [
          "list",
          "--json",
        ]);
        return { error: JSON.parse(stdout).error, stderr, code };
      }),
    );
    expect(results).toEqual(
      reasons.map((reason) => ({
        error: { reason, message: `because of ${reason}`, hint: "do this", blockers: [] },
        stderr: "",
        code: exitCodes[reason],
      })),
    );
  });

  it("have no stack; an error that is not ours has one on request only", async () => {
    const getPlan = async () => ({ revision: 1, entries: [] });
    const createdAt = { seconds: 1e15, nanos: 0 };
    const script: Script = { getPlan, getBackup: async () => ({ backup: { ...exampleBackup, createdAt } }) };
    await using coordinator = await FakeCoordinator.start(script);
    const env = { STILLPOINT_COORDINATOR: coordinator.address };
    const short = await runCli(["show", id], { env });
    expect(short).toMatchObject({
      stderr: "error: Invalid time value\nhint: set STILLPOINT_DEBUG=1 for the stack\n",
      code: 1,
    });
    expect((await runCli(["show", id], { env: { ...env, STILLPOINT_DEBUG: "1" } })).stderr).toMatch(/^ +at /m);
  });
});

describe("a coordinator that cannot be reached", () => {
  it.each(["refuses connections", "takes connections and never answers"])(
    "and %s is named within 3 s, with exit code 5",
    async (how) => {
      await using blackHole = await TcpProxy.start();
      const address = how === "refuses connections" ? await freePort() : blackHole.endpoint;
      const beganAt = performance.now();
      const { stderr, code } = await runCli(["status", "--coordinator", address]);
      expect(performance.now() - beganAt).toBeLessThan(3_000);
      expect(stderr).toContain(`error: no coordinator answers at ${address}\nhint: start one`);
      expect(code).toBe(5);
    },
  );

  it("does no harm when another of the list answers", async () => {
    await using coordinator = await FakeCoordinator.start({ getStatus: free });
    await using blackHole = await TcpProxy.start();
    const addresses = [await freePort(), blackHole.endpoint, coordinator.address].join(",");
    expect(await runCli(["status", "--coordinator", addresses])).toMatchObject({ stderr: "", code: 0 });
  });
});

/** The address of a port on which nobody listens. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
