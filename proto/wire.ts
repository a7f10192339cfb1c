// How an error travels: a gRPC status whose trailer `grpc-status-details-bin` is a google.rpc.Status with an ErrorInfo
// (reason, hint) and, for lock-busy, a Busy with the write transactions in the way.
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { isReason, messageOf, type Reason, StillpointError, type WriteTransaction } from "./errors.ts";
import { printable } from "./names.ts";

const domain = "stillpoint";
const trailer = "grpc-status-details-bin";

const codes: Record<Reason, status> = {
  "lock-busy": status.ABORTED,
  "held-by-another": status.FAILED_PRECONDITION,
  "hold-lost": status.FAILED_PRECONDITION,
  "stale-round": status.FAILED_PRECONDITION,
  "plan-changed": status.ABORTED,
  "claim-taken": status.ALREADY_EXISTS,
  "claim-lost": status.ABORTED,
  "no-space": status.RESOURCE_EXHAUSTED,
  "cross-device": status.FAILED_PRECONDITION,
  "not-found": status.NOT_FOUND,
  invalid: status.INVALID_ARGUMENT,
  topology: status.FAILED_PRECONDITION,
  version: status.FAILED_PRECONDITION,
  corrupt: status.DATA_LOSS,
  unreachable: status.UNAVAILABLE,
  denied: status.PERMISSION_DENIED,
  unauthenticated: status.UNAUTHENTICATED,
  cancelled: status.CANCELLED,
  internal: status.INTERNAL,
};

/** What a status without our details means: it came from the transport, or from a server that is not ours. */
const reasonsByCode: Partial<Record<status, Reason>> = {
  [status.CANCELLED]: "cancelled",
  [status.INVALID_ARGUMENT]: "invalid",
  [status.DEADLINE_EXCEEDED]: "unreachable",
  [status.NOT_FOUND]: "not-found",
  [status.UNAVAILABLE]: "unreachable",
  [status.UNIMPLEMENTED]: "version",
  [status.DATA_LOSS]: "corrupt",
  [status.PERMISSION_DENIED]: "denied",
  [status.UNAUTHENTICATED]: "unauthenticated",
};

const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message WriteTransaction { string id = 1; int64 age_ms = 2; string owner = 3; string description = 4;
    string server_id = 5; }
  message Busy { repeated WriteTransaction blockers = 1; }
`);
const Status = root.lookupType("google.rpc.Status");
const ErrorInfo = root.lookupType("google.rpc.ErrorInfo");
const Busy = root.lookupType("google.rpc.Busy");
const errorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
const busyUrl = "type.googleapis.com/stillpoint.v1.Busy";

/** Clients take some kilobytes of trailers and no more; one byte too many, and the caller learns nothing at all. */
const longestText = 500;
const longestBlockerText = 100;
const mostBlockers = 20;

type Details = { typeUrl: string; value: Uint8Array }[];

function encode(type: protobuf.Type, fields: Record<string, unknown>): Uint8Array {
  return type.encode(type.create(fields)).finish();
}

/** The status to answer a call with. Unknown errors become `internal`; whoever catches them must log them first. */
export function toStatus(error: unknown): Pick<StatusObject, "code" | "details" | "metadata"> {
  const known = error instanceof StillpointError ? error : new StillpointError("internal", messageOf(error));
  const message = oneLine(known.message, longestText);
  const hint = clipped(known.hint, longestText);
  const info = encode(ErrorInfo, { reason: known.reason, domain, metadata: { hint } });
  const details: Details = [{ typeUrl: errorInfoUrl, value: info }];
  if (known.blockers.length > 0) {
    details.push({ typeUrl: busyUrl, value: encode(Busy, { blockers: clippedBlockers(known.blockers) }) });
  }
  const code = codes[known.reason];
  const metadata = new Metadata();
  metadata.set(trailer, Buffer.from(encode(Status, { code, message, details })));
  return { code, details: message, metadata };
}

function clippedBlockers(blockers: WriteTransaction[]): WriteTransaction[] {
  const clip = (text: string) => oneLine(text, longestBlockerText);
  return blockers.slice(0, mostBlockers).map((blocker) => {
    return { ...blocker, id: clip(blocker.id), owner: clip(blocker.owner), description: clip(blocker.description) };
  });
}

/** On one line, with nothing that a terminal would obey: what a message quotes may come from anywhere. */
function oneLine(text: string, length: number): string {
  return clipped(printable(text, length + 1), length);
}

function clipped(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}

/** The error that the other side threw; for a failure of the transport, an error that names the peer. */
export function fromStatus(error: ServiceError, peer: string): StillpointError {
  const details = readDetails(error.metadata);
  const info = details.find(({ typeUrl }) => typeUrl === errorInfoUrl);
  if (info !== undefined) {
    const { reason, metadata } = ErrorInfo.toObject(ErrorInfo.decode(info.value), { objects: true }) as ErrorInfoFields;
    const { hint } = metadata;
    const known = { ...(hint === undefined ? {} : { hint }), blockers: readBlockers(details), cause: error };
    return new StillpointError(isReason(reason) ? reason : "internal", error.details, known);
  }
  if (error.code === status.RESOURCE_EXHAUSTED) return tooLarge(error, peer);
  const reason = reasonsByCode[error.code] ?? "internal";
  const text = error.details.replace(emptyNote, "").replace(opensslError, "$2 ($1)") || status[error.code];
  const isOfTls = /\bSSL\b|\bTLS\b|certificate/i.test(text);
  return new StillpointError(reason, `${peer}: ${text}`, { cause: error, ...(isOfTls ? { hint: tlsHint } : {}) });
}

/** What happened in a handshake, among numbers, functions and files. */
const opensslError = /[\dA-F]+:error:[\dA-F]+:([^:]*):[^:]*:([^:]+):.*/s;
/** What the library ends with where the DNS has nothing to say. */
const emptyNote = /\.? Resolution note: $/;
const tlsHint = "both sides need a certificate that the other side's ca has signed, good for the address and the date";
/** Our own errors have details; this one is the transport's, and it has one reason only. */
function tooLarge(error: ServiceError, peer: string): StillpointError {
  return new StillpointError("invalid", `${peer}: the message is too large: ${error.details}`, {
    hint: "a Plan's dump may have 64 MiB, and a message little more: look for keys that do not belong in the Plan",
    cause: error,
  });
}

interface ErrorInfoFields {
  reason: string;
  metadata: { hint?: string };
}

function readDetails(metadata: Metadata | undefined): Details {
  const [bytes] = metadata?.get(trailer) ?? [];
  if (!Buffer.isBuffer(bytes)) return [];
  return (Status.toObject(Status.decode(bytes), { arrays: true }) as { details: Details }).details;
}

function readBlockers(details: Details): WriteTransaction[] {
  const busy = details.find(({ typeUrl }) => typeUrl === busyUrl);
  if (busy === undefined) return [];
  const options = { arrays: true, defaults: true, longs: Number };
  return (Busy.toObject(Busy.decode(busy.value), options) as { blockers: WriteTransaction[] }).blockers;
}
