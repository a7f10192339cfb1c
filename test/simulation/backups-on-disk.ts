// What is really on the disks of all servers, seen from outside: the judge of what coordinators say of backups.

import { parseChecksums, sha256 } from "../../agent/checksums.ts";
import { type Meta, metaFromJson } from "../../agent/meta.ts";
import { messageOf } from "../../proto/errors.ts";
import type { AgentHost } from "./agents.ts";
import { type Content, contentOf } from "./layout.ts";

export interface PieceOnDisk {
  serverId: string;
  meta: Meta;
  dump: Buffer;
  content: Content;
}

export function pieceDirectory(backupId: string): string {
  return `/data/backups/${backupId}`;
}

/** @throws what is wrong with it */
export function readPiece({ files, serverId }: AgentHost, backupId: string): PieceOnDisk {
  const directory = pieceDirectory(backupId);
  const meta = metaFromJson(files.read(`${directory}/META.json`).toString(), "META.json");
  const sums = files.read(`${directory}/SHA256SUMS`).toString();
  if (sha256(sums) !== meta.checksumsSha256) throw new Error("SHA256SUMS is not what META.json names");
  for (const [path, sum] of parseChecksums(sums, "SHA256SUMS")) {
    if (sha256(files.read(`${directory}/${path}`)) !== sum) throw new Error(`"${path}" is damaged`);
  }
  const dump = files.read(`${directory}/plan.json`);
  return { serverId, meta, dump, content: contentOf(files, `${directory}/data`) };
}

/** The pieces of a backup on all servers that it names, or what is wrong with one. */
export function readBackup(hosts: readonly AgentHost[], backupId: string): PieceOnDisk[] | string {
  const pieces: PieceOnDisk[] = [];
  for (const host of hosts) {
    try {
      pieces.push(readPiece(host, backupId));
    } catch (error) {
      return `the piece of ${host.serverId}: ${messageOf(error)}`;
    }
  }
  return pieces;
}

/** Names of all committed pieces on a server. */
export function committedIds({ files }: AgentHost): string[] {
  return files.names("/data/backups").filter((name) => !name.startsWith("."));
}

/** What a run left that must go, as paths; .failsafe is for the person who restored. */
export function leftovers({ files, serverId }: AgentHost): string[] {
  const inside = [".staging", ".trash"].flatMap((directory) =>
    files.names(`/data/backups/${directory}`).map((name) => `${directory}/${name}`),
  );
  const own = files.names("/data/backups").filter((name) => name === ".restoring" || name === ".server-stopped");
  return [...inside, ...own].map((path) => `${serverId}: backups/${path}`);
}
