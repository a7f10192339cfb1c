// A piece whose files were damaged, exchanged or made by somebody else. Whoever asks gets a sentence that names what is wrong;
// the other backups are shown as before, nothing outside of the piece is read, and the damaged one can be deleted.
import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredPiece } from "../../agent/piece-store.ts";
import type { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import {
  commitPiece,
  forever,
  later,
  nightly,
  openTestAgent,
  resultOf,
  type TestAgent,
} from "../support/test-agent.ts";

const records = ["META.json", "SHA256SUMS", "plan.json"] as const;
type RecordName = (typeof records)[number];

/** Two backups; the first is for damaging. */
async function openWithBackups() {
  const opened = await openTestAgent();
  await commitPiece(opened);
  await commitPiece(opened, later);
  const piece = join(opened.backups, nightly.backupId);
  return { ...opened, piece, at: (name: string) => join(piece, name) };
}

/** Everything that is ever asked of a committed piece, and the errors that came of it. */
async function askAll({ agent }: TestAgent): Promise<(StillpointError | undefined)[]> {
  const stage = { ...nightly, token: 20, pieceServerId: "db1", dryRun: true, ignoreVersion: false };
  return [
    await rejectionOf(resultOf(agent.verify(nightly.backupId, forever))),
    await rejectionOf(agent.readDump(nightly.backupId)),
    await rejectionOf(resultOf(agent.stageRestore(stage, forever))),
  ];
}

/** With the backup, its file or the server in it, without a stack, on one line. */
function expectSentence(text: string): void {
  expect(text).toMatch(/META\.json|SHA256SUMS|plan\.json|data|nightly|server "db1"/);
  expect(text).not.toMatch(/\n|^\s*at |undefined|\[object/);
  expect(text.length).toBeLessThan(1000);
}

async function expectToldAndOthersShown(opened: TestAgent): Promise<void> {
  for (const error of await askAll(opened)) {
    if (error === undefined) continue;
    expect(["corrupt", "version", "not-found", "topology"]).toContain(error.reason);
    expectSentence(error.message);
  }
  const [damaged, other] = (await opened.agent.listPieces("")) as [StoredPiece, StoredPiece];
  expect(damaged.id).toBe(nightly.backupId);
  if ("problem" in damaged) expectSentence(damaged.problem);
  expect(other).toMatchObject({ id: later.backupId, meta: { serverId: "db1" } });
}

/** Whether anything at all says that the piece is not as it was. */
async function isNoticed(opened: TestAgent): Promise<boolean> {
  const [verification] = await askAll(opened);
  if (verification !== undefined) return true;
  return (await resultOf(opened.agent.verify(nightly.backupId, forever))).problems.length > 0;
}

const anyJson = fc.oneof(fc.json(), fc.constantFrom('{"__proto__":{"formatVersion":1}}', '{"formatVersion":1e999}'));
const damages = {
  truncated: fc.nat(5000).map((length) => (bytes: Buffer) => bytes.subarray(0, length % bytes.length)),
  flipped: fc.tuple(fc.nat(5000), fc.nat(7)).map(([at, bit]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    changed[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
    return changed;
  }),
  replaced: fc.oneof(anyJson.map(Buffer.from), fc.uint8Array().map(Buffer.from)).map((bytes) => () => bytes),
};

describe.each(records)("%s", (name) => {
  it("may be cut, flipped or replaced anywhere: it is told in a sentence, and hides nothing", async () => {
    const opened = await openWithBackups();
    const good = await readFile(opened.at(name));
    const damage = fc.oneof(...Object.values(damages));
    await fc.assert(
      fc.asyncProperty(damage, async (changed) => {
        await writeFile(opened.at(name), changed(good));
        await expectToldAndOthersShown(opened);
      }),
      { numRuns: 40, examples: [[() => Buffer.alloc(0)]] },
    );
  });

  it.each(exchanges(name))("that is %s is not followed, not waited for, and is told", async (_what, exchange) => {
    const opened = await openWithBackups();
    await exchange(opened);
    await expectToldAndOthersShown(opened);
    expect(await isNoticed(opened)).toBe(true);
    expect(await opened.agent.deletePiece({ ...nightly, token: 30 })).toMatchObject({ existed: true });
  });
});

type Opened = Awaited<ReturnType<typeof openWithBackups>>;

function exchanges(name: RecordName): [string, (opened: Opened) => Promise<unknown>][] {
  const anew = (make: (path: string) => Promise<unknown>) => async (opened: Opened) => {
    await rename(opened.at(name), join(opened.dataDir, `good-${name}`));
    await make(opened.at(name));
  };
  return [
    ["a directory", anew((path) => mkdir(path))],
    ["a link to its own content", anew((path) => symlink(`../../good-${name}`, path))],
    ["a link to nothing", anew((path) => symlink("nothing", path))],
    ["a pipe", anew(async (path) => execFileSync("mkfifo", [path]))],
    ["gone", anew(async () => {})],
    ["100 MB long", (opened) => truncate(opened.at(name), 100_000_000)],
  ];
}

it("META.json that names a later format says that a newer Stillpoint is needed", async () => {
  const opened = await openWithBackups();
  const meta = JSON.parse(await readFile(opened.at("META.json"), "utf8"));
  await writeFile(opened.at("META.json"), JSON.stringify({ ...meta, formatVersion: 2, hold: "of another shape" }));
  for (const error of await askAll(opened)) {
    expect(error).toMatchObject({ reason: "version", message: expect.stringContaining("has format 2") });
  }
});

it.each(["", "data"])("a piece whose %s directory is a link to another place is not read there", async (part) => {
  const opened = await openWithBackups();
  const elsewhere = join(opened.dataDir, "../elsewhere");
  await cp(opened.at(part), elsewhere, { recursive: true });
  await rm(opened.at(part), { recursive: true });
  await symlink(elsewhere, opened.at(part).replace(/\/$/, ""));
  await expectToldAndOthersShown(opened);
  expect(await askAll(opened)).toEqual(Array(3).fill(expect.objectContaining({ reason: "corrupt" })));
});

it.each([".staging", ".trash", ".restoring", ".failsafe"])(
  "%s that is a link keeps the agent from starting",
  async (name) => {
    const opened = await openWithBackups();
    const elsewhere = join(opened.dataDir, "../elsewhere");
    await mkdir(join(elsewhere, "precious"), { recursive: true });
    await rm(join(opened.backups, name), { recursive: true, force: true });
    await symlink(elsewhere, join(opened.backups, name));
    const again = await openTestAgent({ dataDir: opened.dataDir, isOpen: false });
    const error = await rejectionOf(again.agent.open(forever));
    expect(error).toMatchObject({
      reason: "corrupt",
      message: expect.stringContaining(`${name}" must be a directory`),
    });
    await expect(readFile(join(elsewhere, "precious"))).rejects.toMatchObject({ code: "EISDIR" });
  },
);
