// The piece of a server without AOF. Its data is in its memory, so that the cut is a fork: BGSAVE is begun while writes are
// stopped, and answers when the child has been forked. Writes may go on then; the child writes what the memory was.
//
// A file that is saved is exchanged by rename. That what we copy is from the very save that we began, and from no later one, is
// known from the server's count of saves, before and after the file was taken hold of.
import { link, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cancelledBy } from "../../../proto/call.ts";
import { StillpointError } from "../../../proto/errors.ts";
import { nodeDisk } from "../../disk.ts";
import { unlessGone } from "../../disk-errors.ts";
import { listFiles } from "../../files/listing.ts";
import { redisLayout } from "../../files/redis.ts";
import type { MadeCut, PieceMaker } from "../engine.ts";
import { setting } from "./aof-buffer.ts";
import { type AskLimits, type RedisConnection, refusalIn } from "./connection.ts";
import type { RedisServer } from "./server.ts";
import { readInfo, type ServerInfo } from "./server-info.ts";

interface Save {
  before: ServerInfo;
  /** Name of the file below the data directory. */
  name: string;
  /** Of the file before the save; undefined if there was none. */
  inode: number | undefined;
}

const lookEveryMs = 20;

export class BackgroundSave implements PieceMaker {
  readonly #dataDir: string;
  readonly #server: RedisServer;

  constructor(dataDir: string, server: RedisServer) {
    this.#dataDir = dataDir;
    this.#server = server;
  }

  /** There is nothing to do: a save that goes on is waited for before writes are stopped. */
  async prepare(): Promise<void> {}

  async cut(dir: string): Promise<MadeCut> {
    const connection = await this.#server.connect();
    const name = await fileName(connection, this.#server);
    const before = await readInfo(connection, this.#server);
    const inode = await inodeOf(join(this.#dataDir, name));
    await connection.ask(["BGSAVE"], this.#server);
    await copySmallFiles(this.#dataDir, dir);
    await rm(join(dir, name), { force: true }); // of an earlier cut
    return { complete: (signal) => this.#complete(dir, { before, name, inode }, signal) };
  }

  /** Redis starts on the file as it is. */
  async unpack(): Promise<void> {}

  async #complete(dir: string, save: Save, signal: AbortSignal): Promise<void> {
    const { name, inode } = save;
    const place = join(dir, name);
    if ((await unlessGone(stat(place))) !== undefined) return;
    const held = `${place}.held`;
    const part = `${place}.part`;
    await rm(held, { force: true });
    await this.#ends(save, signal);
    await link(join(this.#dataDir, name), held);
    await this.#mustBeLast(save);
    if ((await inodeOf(held)) === inode)
      throw saveFailed(`"${join(this.#dataDir, name)}" is not what the server saved`);
    await nodeDisk.copy(held, part);
    await rm(held);
    await rename(part, place);
  }

  async #ends(save: Save, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = await this.#infoSince(save);
      if (!now.save.isRunning && now.save.lastOk) return;
      if (!now.save.isRunning) throw saveFailed("the server could not save its data: its log says why");
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {}); // the loop looks at the signal
    }
    throw cancelledBy(signal);
  }

  async #mustBeLast(save: Save): Promise<void> {
    const now = await this.#infoSince(save);
    if (now.save.count === save.before.save.count + 1 && !now.save.isRunning) return;
    throw saveFailed("the server has begun another save since the one of this backup: take the backup again");
  }

  async #infoSince({ before }: Save): Promise<ServerInfo> {
    const now = await readInfo(await this.#server.connect(), this.#server);
    if (now.runId === before.runId) return now;
    throw saveFailed("the server was started anew while it saved the data of this backup");
  }
}

/** Undefined if there is no such file. */
async function inodeOf(path: string): Promise<number | undefined> {
  return (await unlessGone(stat(path)))?.ino;
}

/** A configuration that lies in the data directory, and the like. */
async function copySmallFiles(dataDir: string, dir: string): Promise<void> {
  const { files } = await listFiles(dataDir, { skip: () => true });
  const kept = files.filter((path) => redisLayout.classify(path) === "mutable");
  for (const path of kept) await nodeDisk.copy(join(dataDir, path), join(dir, path));
}

async function fileName(connection: RedisConnection, limits: AskLimits): Promise<string> {
  const standard = "dump.rdb";
  try {
    return (await setting(connection, "dbfilename", limits)) ?? standard;
  } catch (error) {
    if (refusalIn(error) === undefined) throw error;
    return standard;
  }
}

function saveFailed(why: string): StillpointError {
  return new StillpointError("corrupt", why, { hint: 'take the backup again; is dataDir the server\'s "dir"?' });
}
