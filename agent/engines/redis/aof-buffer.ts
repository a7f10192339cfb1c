// Gets what was acknowledged into the AOF file. With `appendfsync everysec`, Redis writes nothing while an fsync of the last
// second goes on, for up to two seconds; with `no`, it writes at once. So the setting is changed for the moment, while
// writes are stopped anyway. A note in backups/ says so meanwhile: an agent that was killed puts it back at its next start.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StillpointError } from "../../../proto/errors.ts";
import { unlessGone } from "../../disk-errors.ts";
import { backupsDirectory } from "../../piece-store.ts";
import { type AskLimits, type RedisConnection, refusalIn } from "./connection.ts";
import { readInfo, type ServerInfo } from "./server-info.ts";

export interface BufferLimits extends AskLimits {
  /** Longest time to wait until the buffer is empty. */
  waitMs: number;
}

/** A machine that crashes with it loses the changed setting too, so it need not be durable. */
const noteName = ".redis-appendfsync";
const changed = "everysec";
const lookEveryMs = 1;

export class AofBuffer {
  readonly #note: string;

  constructor(dataDir: string) {
    this.#note = join(dataDir, backupsDirectory, noteName);
  }

  /** While writes are stopped: waits until all that was acknowledged is in the file. @throws StillpointError lock-busy */
  async writeOut(connection: RedisConnection, { aof }: ServerInfo, limits: BufferLimits): Promise<void> {
    if (aof === undefined || aof.bufferBytes === 0) return;
    const isChanged = await this.#hurry(connection, limits);
    try {
      await becomesEmpty(connection, limits);
    } finally {
      if (isChanged) await this.putBack(connection, { timeoutMs: limits.timeoutMs });
    }
  }

  /** Does nothing if nothing was changed, or if somebody has set it to something else since. */
  async putBack(connection: RedisConnection, limits: AskLimits): Promise<void> {
    if ((await unlessGone(readFile(this.#note))) === undefined) return;
    const now = await setting(connection, "appendfsync", limits);
    if (now === "no") await connection.ask(["CONFIG", "SET", "appendfsync", changed], limits);
    await rm(this.#note, { force: true });
  }

  /** False if the setting has another value, or is not ours to change: then it just takes longer. */
  async #hurry(connection: RedisConnection, limits: BufferLimits): Promise<boolean> {
    try {
      if ((await setting(connection, "appendfsync", limits)) !== changed) return false;
      await writeFile(this.#note, changed);
      await connection.ask(["CONFIG", "SET", "appendfsync", "no"], limits);
      return true;
    } catch (error) {
      if (refusalIn(error) === undefined) throw error;
      await rm(this.#note, { force: true });
      return false;
    }
  }
}

/** Undefined if there is no such setting. */
export async function setting(
  connection: RedisConnection,
  name: string,
  limits: AskLimits,
): Promise<string | undefined> {
  const answer = await connection.ask(["CONFIG", "GET", name], limits);
  return Array.isArray(answer) && answer.length === 2 ? String(answer[1]) : undefined;
}

async function becomesEmpty(connection: RedisConnection, { waitMs, ...limits }: BufferLimits): Promise<void> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const { aof } = await readInfo(connection, limits);
    if (aof === undefined || aof.bufferBytes === 0) return;
    if (performance.now() > giveUpAt) throw stillFull(connection, aof.bufferBytes, waitMs);
    await sleep(lookEveryMs);
  }
}

function stillFull({ peer }: RedisConnection, bytes: number, waitMs: number): StillpointError {
  const message = `${peer}: ${bytes} bytes of its AOF were not written within ${waitMs} ms`;
  return new StillpointError("lock-busy", message, {
    hint: "its disk is slow: give a longer --timeout, or let the agent's user CONFIG GET and CONFIG SET (docs/ENGINES.md)",
  });
}
