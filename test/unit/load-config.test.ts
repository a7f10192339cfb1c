// Configuration from files and variables: what is wrong is named with file, key, value and what is allowed.
import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { agentConfig } from "../../agent/config.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { type ConfigSource, loadConfig } from "../../runtime/load-config.ts";
import { openLog } from "../../runtime/log.ts";
import { Secret } from "../../runtime/secret.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const example = z.strictObject({
  name: z.string(),
  count: z.number().min(1).max(9).default(3),
  quick: z.boolean().default(false),
  hosts: z.array(z.string()).default([]),
  engine: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("grpc"), idleTime: z.string() }),
    z.strictObject({ kind: z.literal("exec"), stop: z.array(z.string()) }),
  ]),
});

const grpc = "engine: { kind: grpc, idleTime: 1s }";

/** The configuration, or what is said against it, with the file called agent.yaml. */
async function load(schema: z.ZodType, yaml?: string, variables: ConfigSource["variables"] = {}): Promise<unknown> {
  const directory = await temporaryDirectory();
  const file = join(directory, "agent.yaml");
  if (yaml !== undefined) await writeFile(file, yaml, { mode: 0o600 });
  try {
    return await loadConfig(schema, {
      file: yaml === undefined ? undefined : file,
      variables,
      otherVariables: ["STILLPOINT_DEBUG"],
    });
  } catch (error) {
    return (error as Error).message.replaceAll(`${directory}/`, "");
  }
}

describe("a configuration file", () => {
  it("gives its values, and defaults for the others", async () => {
    expect(await load(example, `name: a\nhosts: [x, y]\n${grpc}`)).toEqual({
      ...{ name: "a", count: 3, quick: false, hosts: ["x", "y"] },
      engine: { kind: "grpc", idleTime: "1s" },
    });
  });

  it.each([
    [
      "a value that is not in the list",
      "name: a\nengine: { kind: foo }",
      'agent.yaml: engine.kind is "foo": must be one of grpc, exec',
    ],
    ["a value of another type", `name: 5\n${grpc}`, "agent.yaml: name is 5: must be text"],
    ["a number out of bounds", `name: a\ncount: 10\n${grpc}`, "agent.yaml: count is 10: must be 9 at most"],
    ["an element of a list", `name: a\nhosts: [x, 5]\n${grpc}`, "agent.yaml: hosts[1] is 5: must be text"],
    [
      "a key that is missing",
      "name: a\nengine: { kind: grpc }",
      "agent.yaml: engine.idleTime is missing: must be text",
    ],
    [
      "a mapping that is missing",
      "name: a",
      "agent.yaml: engine is missing: must be a mapping with keys of kind, idleTime, stop",
    ],
    [
      "an unknown key like a known one",
      `nmae: a\nname: a\n${grpc}`,
      'agent.yaml: unknown key "nmae": did you mean "name"?',
    ],
    [
      "an unknown key like none",
      `name: a\n${grpc}\nwhatever: 1`,
      'agent.yaml: unknown key "whatever": allowed are name, count, quick, hosts, engine',
    ],
    [
      "an unknown key further in",
      "name: a\nengine: { kind: grpc, idleTime: 1s, kidn: 1 }",
      'agent.yaml: unknown key "engine.kidn": did you mean "kind"?',
    ],
    [
      "a key of another variant",
      "name: a\nengine: { kind: grpc, idleTime: 1s, stop: [a] }",
      "agent.yaml: engine.stop does not go with the other keys of engine",
    ],
    ["a key that stands twice", "name: a\nname: b", "agent.yaml: map keys must be unique at line 2, column 1"],
    ["a list instead of keys", "- a", "agent.yaml: must be a mapping of keys to values"],
  ])("is told about %s", async (_what, yaml, problem) => {
    expect(await load(example, yaml)).toBe(problem);
  });

  it("is told about all that is wrong at once", async () => {
    expect(await load(example, "count: 0\nengine: { kind: exec, stop: x }")).toBe(
      [
        "agent.yaml: name is missing: must be text",
        "agent.yaml: count is 0: must be 1 at least",
        'agent.yaml: engine.stop is "x": must be a list',
      ].join("\n"),
    );
  });

  it("is told when it is not there, or not YAML", async () => {
    await expect(loadConfig(example, { file: "/nowhere/agent.yaml", variables: {} })).rejects.toThrow(
      "/nowhere/agent.yaml: there is no such file",
    );
    expect(await load(example, "name: [1,\nfoo: bar")).toMatch(/^agent.yaml: flow sequence .* at line 2, column 1$/);
  });
});

describe("STILLPOINT_* variables", () => {
  it("suffice without a file, with lists between commas or as JSON", async () => {
    const variables = {
      ...{ STILLPOINT_NAME: "a", STILLPOINT_COUNT: "5", STILLPOINT_QUICK: "true", STILLPOINT_HOSTS: "x, y" },
      ...{ STILLPOINT_ENGINE_KIND: "exec", STILLPOINT_ENGINE_STOP: '["sh", "-c", "a,b"]', HOME: "/root" },
    };
    expect(await load(example, undefined, variables)).toEqual({
      ...{ name: "a", count: 5, quick: true, hosts: ["x", "y"] },
      engine: { kind: "exec", stop: ["sh", "-c", "a,b"] },
    });
  });

  it("win over the file, key by key", async () => {
    const loaded = await load(example, `name: a\ncount: 4\n${grpc}`, {
      STILLPOINT_ENGINE_IDLE_TIME: "9s",
      STILLPOINT_NAME: "b",
    });
    expect(loaded).toMatchObject({ name: "b", count: 4, engine: { kind: "grpc", idleTime: "9s" } });
  });

  it("are named in errors about their values", async () => {
    const variables = { STILLPOINT_ENGINE_KIND: "foo", STILLPOINT_COUNT: "many" };
    expect(await load(example, `name: a\n${grpc}`, variables)).toBe(
      [
        'STILLPOINT_COUNT: count is "many": must be a number',
        'STILLPOINT_ENGINE_KIND: engine.kind is "foo": must be one of grpc, exec',
      ].join("\n"),
    );
  });

  it("are proposed where a value is missing and there is no file", async () => {
    expect(await load(example, undefined, { STILLPOINT_NAME: "a", STILLPOINT_ENGINE_KIND: "grpc" })).toBe(
      "engine.idleTime is missing: must be text (set STILLPOINT_ENGINE_IDLE_TIME, or give a file)",
    );
  });

  it("are refused when nobody knows them, unless they are somebody else's", async () => {
    const config = `name: a\n${grpc}`;
    expect(await load(example, config, { STILLPOINT_ENGINE_IDLETIME: "1s" })).toBe(
      "STILLPOINT_ENGINE_IDLETIME: there is no such variable: did you mean STILLPOINT_ENGINE_IDLE_TIME?",
    );
    expect(await load(example, config, { STILLPOINT_DEBUG: "1" })).toMatchObject({ name: "a" });
  });

  it("do not turn what the file says in one word into a mapping", async () => {
    expect(await load(agentConfig, "files: leveldb", { STILLPOINT_FILES_EXCLUDED: "*.log" })).toBe(
      'STILLPOINT_FILES_EXCLUDED: files is "leveldb" already, not a mapping',
    );
  });
});

describe("the agent's configuration", () => {
  const base = "server: db1\ndataDir: /var/lib/db1\n";
  const engine = 'engine: { kind: grpc, address: "unix:/run/db1.sock" }\n';
  const files = "files: leveldb\n";

  it("needs only server, dataDir, engine and files", async () => {
    expect(await load(agentConfig, base + engine + files)).toEqual({
      ...{ server: "db1", listen: "127.0.0.1:7421", dataDir: "/var/lib/db1", logLevel: "info" },
      ...{ engine: { kind: "grpc", address: "unix:/run/db1.sock" }, files: { layout: "leveldb", excluded: [] } },
      seal: { maxBytesPerSecond: 0 },
    });
  });

  it("may limit what is read in a second, by a variable too", async () => {
    const limited = { seal: { maxBytesPerSecond: 1_000_000 } };
    const text = `${base}${engine}${files}`;
    expect(await load(agentConfig, `${text}\nseal: { maxBytesPerSecond: 1000000 }`)).toMatchObject(limited);
    const env = { STILLPOINT_SEAL_MAX_BYTES_PER_SECOND: "1000000" };
    expect(await load(agentConfig, text, env)).toMatchObject(limited);
  });

  it("has an exec engine of commands, and its files by globs", async () => {
    const exec = "engine: { kind: exec, stop: [stop, now], resume: [resume], commandTimeout: 5s }\n";
    expect(await load(agentConfig, `${base}${exec}files: { immutable: ["*.sst"] }`)).toMatchObject({
      engine: { kind: "exec", stop: ["stop", "now"], resume: ["resume"], commandTimeoutMs: 5_000 },
      files: { immutable: ["*.sst"], appendOnly: [], replaced: [], mutable: [], excluded: [] },
    });
  });

  it("has a redis engine, which knows its files, and whose password nobody sees", async () => {
    const redis = "engine: { kind: redis, address: 127.0.0.1:6379, username: stillpoint, password: top-secret }\n";
    const config = await load(agentConfig, base + redis);
    expect(config).toMatchObject({ engine: { kind: "redis", address: "127.0.0.1:6379", username: "stillpoint" } });
    expect(JSON.stringify(config)).not.toContain("top-secret");
  });

  it("has an lsm engine, stopped by commands or by engine.proto, which knows its files", async () => {
    const lsm = (keys: string) => load(agentConfig, `${base}engine: { kind: lsm, ${keys} }\n`);
    expect(await lsm('address: "unix:/run/db1.sock", excluded: [cache/**]')).toMatchObject({
      engine: { kind: "lsm", server: { address: "unix:/run/db1.sock" }, excluded: ["cache/**"] },
    });
    expect(await lsm("stop: [stop], resume: [resume], commandTimeout: 5s")).toMatchObject({
      engine: { server: { stop: ["stop"], resume: ["resume"], commandTimeoutMs: 5_000 }, excluded: [] },
    });
    const either = expect.stringContaining("must have either address, for a server of engine.proto, or the commands");
    expect(await lsm("excluded: []")).toEqual(either);
    expect(await lsm("stop: [stop]")).toEqual(either);
    expect(await lsm('address: "unix:/a", stop: [stop], resume: [resume]')).toEqual(either);
  });

  it("has files for the engines that do not know them, and only for those", async () => {
    expect(await load(agentConfig, base + engine)).toContain(
      "files is missing: must be leveldb, rocksdb, or globs by class: engine grpc does not know its files",
    );
    expect(await load(agentConfig, `${base}engine: { kind: lsm, address: "unix:/a" }\n${files}`)).toContain(
      'files is "leveldb": must be left out: engine lsm knows its files',
    );
  });

  it.each([
    ["server: ../x", `dataDir: /d\n${engine}${files}`, 'server is "../x": must be text: 1 to 100 of the characters'],
    ["dataDir: data", `server: a\n${engine}${files}`, 'dataDir is "data": must be a full path'],
    ["dataDir: /a/../b", `server: a\n${engine}${files}`, 'dataDir is "/a/../b": must be a full path'],
    [
      "engine: { kind: grpc, address: 10.0.0.1:7500 }",
      base + files,
      'engine.address is "10.0.0.1:7500": must be "unix:/PATH" or',
    ],
    [
      "engine: { kind: exec, stop: [], resume: [a] }",
      base + files,
      "engine.stop is []: must be a list of a program and its arguments",
    ],
    [
      "engine: { kind: exec, stop: stop now, resume: [a] }",
      base + files,
      'engine.stop is "stop now": must be a list of a program',
    ],
    ["files: { layout: btree }", base + engine, 'files.layout is "btree": must be one of leveldb, rocksdb, globs'],
    ["files: { imutable: [a] }", base + engine, 'unknown key "files.imutable": did you mean "immutable"?'],
    ["files: {}", base + engine, "files is {}: must have a glob in immutable, appendOnly, replaced or mutable"],
    ["files: btree", base + engine, 'files is "btree": must be leveldb, rocksdb, or a mapping'],
    [
      "logLevel: info",
      base + engine,
      "files is missing: must be leveldb, rocksdb, or globs by class: engine grpc does not know",
    ],
    [
      "engine: { kind: redis, address: /run/redis.sock }",
      base,
      'engine.address is "/run/redis.sock": must be "unix:/PATH" or',
    ],
    [
      "engine: { kind: redis, address: 127.0.0.1:6379 }",
      base + files,
      'files is "leveldb": must be left out: engine redis knows its files',
    ],
    ["listen: everywhere", base + engine + files, 'listen is "everywhere": must be HOST:PORT'],
    [
      "logLevel: loud",
      base + engine + files,
      'logLevel is "loud": must be one of trace, debug, info, warn, error, fatal, silent',
    ],
  ])("refuses %s", async (line, rest, problem) => {
    expect(await load(agentConfig, `${line}\n${rest}`)).toContain(`agent.yaml: ${problem}`);
  });
});

describe("the coordinator's configuration", () => {
  it("needs only an agency", async () => {
    expect(await load(coordinatorConfig, "agency: { kind: embedded, file: /var/lib/agency.db }")).toEqual({
      name: `${hostname()}:7420`,
      listen: "127.0.0.1:7420",
      agency: { kind: "embedded", file: "/var/lib/agency.db", claimTtlMs: 10_000 },
      backup: {
        timeoutMs: 120_000,
        firstWaitMs: 1_000,
        maxWaitMs: 45_000,
        holdMs: 5_000,
        maxStallMs: 0,
        patience: 0.7,
      },
      logLevel: "info",
    });
  });

  it("has etcd's endpoints, and its password in nobody's error message", async () => {
    const etcd = "agency: { kind: etcd, endpoints: [a:2379, 'https://b:2379'], password: geheim";
    expect(await load(coordinatorConfig, `${etcd}, username: u }\nclaimTtl: 4s`)).toMatchObject({
      agency: {
        kind: "etcd",
        endpoints: ["a:2379", "https://b:2379"],
        root: "/stillpoint",
        username: expect.any(Secret),
        claimTtlMs: 4_000,
      },
    });
    const problem = await load(coordinatorConfig, `${etcd} }`);
    expect(problem).toContain("needs username and password, or neither");
    expect(problem).not.toContain("geheim");
  });

  it.each([
    ["claimTtl: 10", "claimTtl is 10: must have a unit, such as 10ms or 10s"],
    ["claimTtl: 5ms", 'claimTtl is "5ms": must be 1s at least'],
    ["backup: { patience: 3 }", "backup.patience is 3: must be a number from 0 to 1"],
    ["backup: { hold: 2h }", 'backup.hold is "2h": must be 1h at most'],
    ["backup: { timeout: 25h }", 'backup.timeout is "25h": must be 1d at most'],
    ["backup: { firstWait: -1s }", 'backup.firstWait is "-1s": must be 1ms at least'],
    ["backup: { timeOut: 1s }", 'unknown key "backup.timeOut": did you mean "timeout"?'],
  ])("refuses %s", async (line, problem) => {
    const agency = "agency: { kind: embedded, file: /var/lib/agency.db }";
    expect(await load(coordinatorConfig, `${agency}\n${line}`)).toBe(`agent.yaml: ${problem}`);
  });

  it("refuses a root that would make keys with two slashes or none", async () => {
    for (const root of ["stillpoint", "/", "/a/", "/a//b"]) {
      const yaml = `agency: { kind: etcd, endpoints: [a:1], root: "${root}" }`;
      expect(await load(coordinatorConfig, yaml)).toContain(`agency.root is "${root}": must begin with "/"`);
    }
  });
});

describe("what both are told about security", () => {
  const agency = "agency: { kind: embedded, file: /var/lib/agency.db }";

  it("may come from variables, as everything else", async () => {
    const variables = {
      STILLPOINT_TLS_CA: "/ca.crt",
      STILLPOINT_TLS_CERT: "/tls.crt",
      STILLPOINT_TLS_KEY: "/tls.key",
      STILLPOINT_ROLES_OPERATOR: "alice, spiffe://example/ci",
      STILLPOINT_TOKENS_VIEWER: "/viewer.token",
    };
    expect(await load(coordinatorConfig, agency, variables)).toMatchObject({
      tls: { ca: "/ca.crt", cert: "/tls.crt", key: "/tls.key" },
      roles: { coordinator: [], operator: ["alice", "spiffe://example/ci"], viewer: [] },
      tokens: { coordinator: [], operator: [], viewer: ["/viewer.token"] },
    });
    const insecure = { STILLPOINT_INSECURE: "true", STILLPOINT_LISTEN: "0.0.0.0:7420" };
    expect(await load(coordinatorConfig, agency, insecure)).toMatchObject({ insecure: true, listen: "0.0.0.0:7420" });
  });

  it.each([
    ["tls: { ca: /ca.crt, cert: /tls.crt }", "tls.key is missing: must be a full path"],
    ["tls: { ca: ca.crt, cert: /c, key: /k }", 'tls.ca is "ca.crt": must be a full path'],
    ["tls: { ca: /ca, cert: /c, key: /k, verify: false }", 'unknown key "tls.verify"'],
    ["roles: { admin: [me] }", 'unknown key "roles.admin": allowed are coordinator, operator, viewer'],
    ["tokens: { viewer: /file }", 'tokens.viewer is "/file": must be a list of files'],
    ["listen: 10.0.0.1:7420", 'listen is "10.0.0.1:7420": other machines can reach it: give tls'],
  ])("refuses %s", async (line, problem) => {
    expect(await load(coordinatorConfig, `${agency}\n${line}`)).toContain(`agent.yaml: ${problem}`);
  });
});

describe("the log", () => {
  it("has one line a record, and no secrets", () => {
    const lines: string[] = [];
    const log = openLog("agent", "info", { write: (line) => lines.push(line) });
    log.info({ agency: { kind: "etcd", password: "geheim" }, password: "geheim" }, "started\nup");
    log.debug("not at this level");
    expect(lines.map((line) => line.trimEnd().split("\n").length)).toEqual([1]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ service: "agent", msg: "started\nup", password: "[Redacted]" });
    expect(lines[0]).not.toContain("geheim");
  });
});
