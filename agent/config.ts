// Configuration of an agent, as agent.yaml has it.
import { z } from "zod";
import { isLoopback, parseAddress } from "../runtime/address.ts";
import { absolutePath, address, duration, logLevel, nonEmptyText, secret } from "../runtime/config-schemas.ts";
import { checkSecurity, securityKeys } from "../runtime/security-config.ts";

const idAllowed = "must be text: 1 to 100 of the characters A-Z a-z 0-9 . _ -, the first a letter or digit";

/** A program and its arguments; no shell. */
const command = () => {
  const error = 'must be a list of a program and its arguments, such as ["/usr/local/bin/stop-writes", "db1"]';
  return z.array(z.string({ error: "must be text, in quotes" }), { error }).refine(([program]) => program, { error });
};

const globs = () => {
  const error = 'must be a list of globs, such as ["*.sst"]';
  return z.array(nonEmptyText(error), { error }).default([]);
};

/** Whoever reaches this address can stop the server's writes. */
const localAddress = () => {
  const error = 'must be "unix:/PATH" or a HOST:PORT of this machine, such as 127.0.0.1:7500';
  return z.string({ error }).refine(isLocal, { error });
};

/** 0: as fast as it goes. */
const bytesPerSecond = () => {
  const error = "must be a whole number of bytes, such as 100000000, or 0 for no limit";
  return z.coerce.number({ error }).int({ error }).nonnegative({ error }).default(0);
};

const grpcEngine = z.strictObject({ kind: z.literal("grpc"), address: localAddress() });

const execKeys = {
  stop: command(),
  resume: command(),
  inspect: command().exactOptional(),
  flush: command().exactOptional(),
  abort: command().exactOptional(),
  stopServer: command().exactOptional(),
  startServer: command().exactOptional(),
  commandTimeout: duration({ minMs: 1 }).default(30_000),
};

const execEngine = z
  .strictObject({ kind: z.literal("exec"), ...execKeys })
  .transform(({ commandTimeout, ...engine }) => ({ ...engine, commandTimeoutMs: commandTimeout }));

/** It knows its own files. */
const redisEngine = z.strictObject({
  kind: z.literal("redis"),
  address: localAddress(),
  username: nonEmptyText("must be the name of an ACL user, such as stillpoint").exactOptional(),
  password: secret().exactOptional(),
  stopServer: command().exactOptional(),
  startServer: command().exactOptional(),
});

/** Stopped by commands or by engine.proto; its files are known. */
const lsmEngine = z
  .strictObject({
    kind: z.literal("lsm"),
    address: localAddress().exactOptional(),
    ...execKeys,
    stop: command().exactOptional(),
    resume: command().exactOptional(),
    excluded: globs(),
  })
  .transform(({ kind, excluded, address, commandTimeout, stop, resume, ...keys }, context) => {
    const commands = { ...keys, commandTimeoutMs: commandTimeout };
    if (address !== undefined && stop === undefined && resume === undefined) {
      return { kind, excluded, server: { address, ...commands } };
    }
    if (address === undefined && stop !== undefined && resume !== undefined) {
      return { kind, excluded, server: { stop, resume, ...commands } };
    }
    context.addIssue("must have either address, for a server of engine.proto, or the commands stop and resume");
    return z.NEVER;
  });

const programPath = () => absolutePath().exactOptional();

/** It knows its own files, too. */
const mariadbEngine = z.strictObject({
  kind: z.literal("mariadb"),
  address: localAddress(),
  username: nonEmptyText("must be the name of a user of the database"),
  password: secret().exactOptional(),
  method: z.enum(["binlog", "snapshot"]).default("binlog"),
  stopServer: command().exactOptional(),
  startServer: command().exactOptional(),
  /** Those that are not found on PATH. */
  programs: z
    .strictObject({
      "mariadb-backup": programPath(),
      "mariadb-binlog": programPath(),
      mariadbd: programPath(),
      mariadb: programPath(),
    })
    .default({}),
});

const builtIn = z.strictObject({ layout: z.enum(["leveldb", "rocksdb"]), excluded: globs() });

const byGlobs = z
  .strictObject({
    layout: z.literal("globs").default("globs"),
    immutable: globs(),
    appendOnly: globs(),
    replaced: globs(),
    mutable: globs(),
    excluded: globs(),
  })
  .transform(({ layout: _, ...classes }) => classes)
  .refine(({ excluded: _, ...classes }) => Object.values(classes).flat().length > 0, {
    error: "must have a glob in immutable, appendOnly, replaced or mutable",
  });

const files = z.union(
  [
    builtIn.shape.layout.transform((layout) => ({ layout, excluded: [] })),
    z.discriminatedUnion("layout", [builtIn, byGlobs]),
  ],
  { error: "must be leveldb, rocksdb, or a mapping with layout and excluded, or with globs by class" },
);

/** How `stillpoint engine check` writes to the server. The agent has no use for it. */
const check = z
  .strictObject({ write: command(), count: command(), timeout: duration({ minMs: 1 }).default(60_000) })
  .transform(({ timeout, ...commands }) => ({ ...commands, timeoutMs: timeout }));

export const agentConfig = z
  .strictObject({
    /** The server's id in the Plan. */
    server: z.string({ error: idAllowed }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { error: idAllowed }),
    listen: address().default("127.0.0.1:7421"),
    /** Where probes may ask for its health, in plain text: health, and nothing else. */
    healthListen: address().exactOptional(),
    dataDir: absolutePath(),
    engine: z.discriminatedUnion("kind", [grpcEngine, execEngine, redisEngine, lsmEngine, mariadbEngine]),
    files: files.exactOptional(),
    seal: z.strictObject({ maxBytesPerSecond: bytesPerSecond() }).default({ maxBytesPerSecond: 0 }),
    check: check.exactOptional(),
    ...securityKeys,
    logLevel: logLevel(),
  })
  .superRefine(checkSecurity)
  .superRefine(checkFiles);

export type AgentConfig = z.output<typeof agentConfig>;
export type FilesConfig = Required<AgentConfig>["files"];

const knowTheirFiles: readonly string[] = ["redis", "lsm", "mariadb"];

/** An engine that knows its own files is not told which they are; any other must be. */
function checkFiles(
  { engine, files: given }: Pick<AgentConfig, "engine"> & { files?: unknown },
  context: z.RefinementCtx,
): void {
  const knows = knowTheirFiles.includes(engine.kind);
  if (knows === (given === undefined)) return;
  const message = knows
    ? `must be left out: engine ${engine.kind} knows its files`
    : `must be leveldb, rocksdb, or globs by class: engine ${engine.kind} does not know its files`;
  context.addIssue({ code: "custom", path: ["files"], message });
}

function isLocal(text: string): boolean {
  if (/^unix:\/./.test(text)) return true;
  try {
    return isLoopback(parseAddress(text));
  } catch {
    return false;
  }
}
