// Reads all keys below a prefix page by page, every page at the revision of the first: so the pages are one state,
// however long the reading takes and whatever is written meanwhile.
import { SortOrder, SortTarget } from "etcd3";
import { StillpointError } from "../../proto/errors.ts";
import type { Attempt, EtcdEndpoints } from "./etcd-endpoints.ts";
import { isCompacted, isTooLargeAnswer } from "./etcd-errors.ts";
import { entryOf } from "./etcd-messages.ts";
import { endOfPrefix, type Snapshot, type StoredEntry } from "./store.ts";

/** etcd may compact a revision away while it is being read. Then the reading begins again. */
const mostBeginnings = 5;
const firstPageSize = 1000;

export async function readAllPages(etcd: EtcdEndpoints, prefix: string, signal?: AbortSignal): Promise<Snapshot> {
  for (let number = 1; number <= mostBeginnings; number++) {
    const snapshot = await readAtOneRevision(etcd, prefix, signal);
    if (snapshot !== undefined) return snapshot;
  }
  const message = `etcd compacted "${prefix}" away ${mostBeginnings} times while it was being read`;
  throw new StillpointError("unreachable", message, { hint: "compact etcd less often; keep some minutes of history" });
}

/** Each page moves the start on or makes the pages smaller. */
async function readAtOneRevision(
  etcd: EtcdEndpoints,
  prefix: string,
  signal?: AbortSignal,
): Promise<Snapshot | undefined> {
  const entries: StoredEntry[] = [];
  const range = {
    start: Buffer.from(prefix),
    end: Buffer.from(endOfPrefix(prefix)),
    revision: 0,
    limit: firstPageSize,
  };
  for (;;) {
    const page = await etcd.call((attempt) => readPage(attempt, range), { signal });
    if (page === "compacted") return undefined;
    if (page === "too-large") {
      range.limit = smaller(range.limit, range.start);
      continue;
    }
    range.revision = page.revision;
    entries.push(...page.entries);
    const last = page.entries.at(-1);
    if (last === undefined || !page.more) return { revision: range.revision, entries };
    range.start = Buffer.from(`${last.key}\0`);
  }
}

interface Range {
  start: Buffer;
  end: Buffer;
  /** 0: the newest. */
  revision: number;
  limit: number;
}

async function readPage({ client, options }: Attempt, { start, end, revision, limit }: Range) {
  const order = { sort_target: SortTarget.Key, sort_order: SortOrder.Ascend };
  try {
    const answer = await client.kv.range({ key: start, range_end: end, revision, limit, ...order }, options);
    return {
      revision: revision || Number(answer.header.revision),
      entries: answer.kvs.map(entryOf),
      more: answer.more,
    };
  } catch (error) {
    if (isCompacted(error)) return "compacted";
    if (isTooLargeAnswer(error)) return "too-large";
    throw error;
  }
}

function smaller(limit: number, start: Buffer): number {
  if (limit > 1) return Math.ceil(limit / 4);
  throw new StillpointError("invalid", `etcd has a value that is too large to read, at or after key "${start}"`);
}
