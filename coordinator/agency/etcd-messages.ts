// Our transactions and entries in etcd's own messages.
import { isUtf8 } from "node:buffer";
import {
  CompareResult,
  CompareTarget,
  type ICompare,
  type IKeyValue,
  type IRequestOp,
  type ITxnRequest,
  type ITxnResponse,
} from "etcd3";
import { StillpointError } from "../../proto/errors.ts";
import { endOfPrefix, type Guard, type StoredEntry, type Transaction } from "./store.ts";

export function entryOf({ key, value, create_revision, mod_revision }: IKeyValue): StoredEntry {
  if (!isUtf8(key))
    throw new StillpointError("invalid", `etcd has a key that is not UTF-8: "${key.toString("latin1")}"`);
  const [createRevision, modRevision] = [Number(create_revision), Number(mod_revision)];
  return { key: key.toString(), value, createRevision, modRevision };
}

/** A transaction whose guards do not hold answers with what its keys hold instead. */
export function transactionRequest({ guards, put, remove }: Transaction): ITxnRequest {
  const keys = [...put.map(({ key }) => key), ...remove];
  return {
    compare: guards.map(compare),
    success: [...put.map(({ key, value }) => putRequest(key, value)), ...remove.map(removeRequest)],
    failure: keys.map(getRequest),
  };
}

/** Creates a key under a lease, or answers with the key that is there. */
export function createRequest(key: string, value: Buffer, lease: string): ITxnRequest {
  return {
    compare: [compare({ kind: "modified", key, revision: 0 })],
    success: [{ request_put: { key: Buffer.from(key), value, lease } }],
    failure: [getRequest(key)],
  };
}

/**
 * The revision at which a transaction was carried out whose guards do not hold any more, because an earlier try of the
 * same transaction broke them: then everything is as it was to be written. Otherwise undefined.
 */
export function revisionIfInPlace(answer: ITxnResponse, { put, remove }: Transaction): number | undefined {
  const found = answer.responses.map(({ response_range }) => response_range.kvs[0]);
  const written = found.slice(0, put.length);
  const revisions = new Set(written.map((each) => each?.mod_revision));
  const isInPlace =
    found.length > 0 &&
    revisions.size <= 1 &&
    put.every(({ value }, index) => written[index]?.value.equals(value)) &&
    remove.every((_, index) => found[put.length + index] === undefined);
  return isInPlace ? Number([...revisions][0] ?? answer.header.revision) : undefined;
}

function compare(guard: Guard): ICompare {
  switch (guard.kind) {
    case "created":
      return {
        key: Buffer.from(guard.key),
        target: CompareTarget.Create,
        result: CompareResult.Equal,
        create_revision: guard.revision,
      };
    case "modified":
      return {
        key: Buffer.from(guard.key),
        target: CompareTarget.Mod,
        result: CompareResult.Equal,
        mod_revision: guard.revision,
      };
    case "unwritten-since":
      return {
        key: Buffer.from(guard.prefix),
        range_end: Buffer.from(endOfPrefix(guard.prefix)),
        target: CompareTarget.Mod,
        result: CompareResult.Less,
        mod_revision: guard.revision + 1,
      };
  }
}

function getRequest(key: string): IRequestOp {
  return { request_range: { key: Buffer.from(key) } };
}

function putRequest(key: string, value: Buffer): IRequestOp {
  return { request_put: { key: Buffer.from(key), value } };
}

function removeRequest(key: string): IRequestOp {
  return { request_delete_range: { key: Buffer.from(key) } };
}
