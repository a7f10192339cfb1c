// An agent on real files and a fake engine, in this process.
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Agent, type AgentEvent, type BackupFacts } from "../../agent/agent.ts";
import type { Disk } from "../../agent/disk.ts";
import { globLayout } from "../../agent/files/globs.ts";
import type { FileLayout } from "../../agent/files/layout.ts";
import { listFiles } from "../../agent/files/listing.ts";
import type { Meta } from "../../agent/meta.ts";
import { toTimestamp } from "../../proto/time.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { FakeEngine } from "./fake-engine.ts";
import { writeFiles } from "./file-tree.ts";
import { quickDisk } from "./hooked-disk.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const forever = new AbortController().signal;

export const testLayout: FileLayout = globLayout({
  immutable: ["**/*.sst"],
  appendOnly: ["**/*.log"],
  excluded: ["LOCK", "cache/**"],
});

/** Of every class one, in a directory too, and what is excluded. */
export const serverFiles = {
  "000004.sst": "table",
  "000005.log": "acknowledged",
  CURRENT: "000005.log\n",
  LOCK: "",
  "cache/page": "of this machine",
  "sub/000009.sst": "another table",
  "sub/OPTIONS": "small",
};

export const facts: BackupFacts = {
  label: "nightly",
  createdAt: new Date("2026-11-22T15:04:05.123Z"),
  serverIds: ["db1", "db2"],
  planRevision: 12,
  potentiallyInconsistent: false,
};

/** The same, as a Seal says them. */
export const sealFacts = { ...facts, createdAt: toTimestamp(facts.createdAt) };

export const dump = Buffer.from('{"plan":"of the cluster"}');
export const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

export const nightly = { backupId: "2026-11-22T15.04.05.123Z_nightly", token: 7 };
export const later = { backupId: "2026-11-22T16.04.05.123Z_nightly", token: 8 };

export interface TestAgentOptions {
  dataDir?: string;
  files?: Record<string, string>;
  disk?: Disk;
  engine?: FakeEngine;
  clock?: Clock;
  layout?: FileLayout;
  /** Not swept and not ready: the test calls open(). */
  isOpen?: boolean;
}

export async function openTestAgent({
  dataDir,
  files = serverFiles,
  disk = quickDisk,
  clock = systemClock,
  engine = new FakeEngine({ clock }),
  layout = testLayout,
  isOpen = true,
}: TestAgentOptions = {}) {
  const home = dataDir ?? join(await temporaryDirectory(), "db1");
  if (dataDir === undefined) {
    await mkdir(home);
    await writeFiles(home, files);
  }
  const events: AgentEvent[] = [];
  const list = (directory: string) => listFiles(directory);
  const report = (event: AgentEvent) => void events.push(event);
  const identity = { serverId: "db1", version: "0.1.0" };
  const agent = new Agent({ ...identity, dataDir: home, engine, layout, disk, clock, list, report });
  if (isOpen) await agent.open(forever);
  return { agent, engine, dataDir: home, backups: join(home, "backups"), events };
}

export type TestAgent = Awaited<ReturnType<typeof openTestAgent>>;

/** Does the work to its end; gives its result. */
export async function resultOf<Progress, Result>(work: AsyncGenerator<Progress, Result>): Promise<Result> {
  for (;;) {
    const step = await work.next();
    if (step.done) return step.value;
  }
}

export const lockRequest = { round: 1, waitMs: 1_000, holdMs: 5_000, abortBlockers: false };

/** Takes a backup as a coordinator does, up to its seal. */
/** Up to the seal. */
export async function cutPiece({ agent }: { agent: Agent }, run = nightly): Promise<void> {
  await resultOf(agent.prepare(run, forever));
  await agent.lock({ ...run, ...lockRequest }, forever);
  await agent.snapshot({ ...run, round: 1 }, false);
  await agent.storeDump({ ...run, round: 1 }, dump, sha256Of(dump));
}

export async function takePiece(opened: { agent: Agent }, run = nightly): Promise<Meta> {
  const { agent } = opened;
  await cutPiece(opened, run);
  return await resultOf(agent.seal({ ...run, round: 1 }, facts, forever));
}

export async function commitPiece(opened: { agent: Agent }, run = nightly): Promise<Meta> {
  const meta = await takePiece(opened, run);
  await opened.agent.commit(run);
  return meta;
}
