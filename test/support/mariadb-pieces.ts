// Pieces of MariaDB servers without a coordinator: the steps of a backup in their order, over several servers at once, and a
// server that is started on what comes out of a piece.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "mariadb";
import { nodeDisk } from "../../agent/disk.ts";
import type { Engine, PieceMaker } from "../../agent/engines/engine.ts";
import { copyDirectory, MariadbServer, publicDirectory } from "./mariadb-server.ts";
import { forever } from "./test-agent.ts";
import { digestOf, preparedOn } from "./xa-bank.ts";

export interface BackedUp {
  server: MariadbServer;
  engine: Engine;
}

/** One server's part of a backup, and what was seen on it under the lock. */
export interface TakenPiece {
  dir: string;
  maker: PieceMaker;
  digest: string;
  prepared: string[];
}

let pieces = 0;

/** `between`: runs after the bases, before the lock. */
export async function takePieces(
  servers: readonly BackedUp[],
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<TakenPiece[]> {
  pieces += 1;
  const watchers = await Promise.all(servers.map(({ server }) => server.connect()));
  try {
    const places = await Promise.all(servers.map(prepare));
    await between();
    const cuts = await underLock(servers, () => Promise.all(places.map((place, index) => cut(place, watchers[index]))));
    return await Promise.all(
      cuts.map(async ({ made, ...piece }) => {
        await made.complete(forever);
        return piece;
      }),
    );
  } finally {
    await Promise.all(watchers.map((each) => each.end()));
  }
}

async function prepare({ server, engine }: BackedUp): Promise<{ dir: string; maker: PieceMaker }> {
  const dir = join(server.dataDir, "backups", `piece-${pieces}`);
  await nodeDisk.makeDirectoryLike(dir, server.dataDir); // as made-data.ts does it
  const maker = engine.maker as PieceMaker;
  await maker.prepare(dir, forever);
  return { dir, maker };
}

async function cut(place: { dir: string; maker: PieceMaker }, watcher: Connection | undefined) {
  if (watcher === undefined) throw new Error("a server without a watcher");
  const [digest, prepared] = [await digestOf(watcher), await preparedOn(watcher)];
  return { ...place, digest, prepared, made: await place.maker.cut(place.dir) };
}

async function underLock<Result>(servers: readonly BackedUp[], work: () => Promise<Result>): Promise<Result> {
  const request = { lockId: `cut-${pieces}`, waitMs: 10_000, holdMs: 60_000 };
  const held = await Promise.all(servers.map(({ engine }) => engine.stopWrites(request, forever)));
  const result = await work();
  const ends = await Promise.all(held.map((stopped) => stopped.resume()));
  if (ends.some(({ unbroken }) => !unbroken)) throw new Error("the hold broke");
  return result;
}

/** Runs `look` on servers that work on what comes out of the pieces, in copies. */
export async function onRestored<Result>(
  taken: readonly Pick<TakenPiece, "dir" | "maker">[],
  look: (connections: [Connection, ...Connection[]], servers: [MariadbServer, ...MariadbServer[]]) => Promise<Result>,
): Promise<Result> {
  const servers = taken.map(() => new MariadbServer(publicDirectory("stillpoint-restored-")));
  try {
    await Promise.all(taken.map((piece, index) => startOn(piece, servers[index] as MariadbServer)));
    const connections = await Promise.all(servers.map((server) => server.connect()));
    return await look(connections as [Connection], servers as [MariadbServer]).finally(() => {
      for (const connection of connections) connection.destroy();
    });
  } finally {
    await Promise.all(servers.map((server) => server.remove()));
  }
}

async function startOn({ dir, maker }: Pick<TakenPiece, "dir" | "maker">, server: MariadbServer): Promise<void> {
  copyDirectory(dir, server.dataDir);
  await maker.unpack(server.dataDir, forever);
  await server.start();
}

export function removePieces(taken: readonly TakenPiece[]): void {
  for (const { dir } of taken) rmSync(dir, { recursive: true });
}
