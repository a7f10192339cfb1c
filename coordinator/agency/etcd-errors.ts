// What etcd's errors mean for us.
import { GRPCOutOfRangeError, GRPCResourceExhastedError, isRecoverableError } from "etcd3";
import { messageOf, type Reason, StillpointError } from "../../proto/errors.ts";

const refusals: { says: RegExp; reason: Reason; hint: string }[] = [
  {
    says: /authentication|user name|permission denied|auth token/,
    reason: "invalid",
    hint: "check the agency's username and password in the configuration, and the user's role in etcd",
  },
  {
    says: /request is too large|larger than max/,
    reason: "invalid",
    hint: "etcd takes 1.5 MiB in one request; its flag --max-request-bytes sets another limit",
  },
  {
    says: /database space exceeded/,
    reason: "no-space",
    hint: "compact and defragment etcd, then disarm its alarm (etcdctl alarm disarm)",
  },
];

/** The same request may succeed a moment later, or at another endpoint. It may have been carried out already. */
export function isPassing(error: unknown): boolean {
  return error instanceof Error && isRecoverableError(error);
}

/** The revision that was asked for has been compacted away. */
export function isCompacted(error: unknown): boolean {
  return error instanceof GRPCOutOfRangeError && error.message.includes("compacted");
}

/** The answer is larger than this client takes. */
export function isTooLargeAnswer(error: unknown): boolean {
  return error instanceof GRPCResourceExhastedError && error.message.includes("Received message larger than max");
}

export function unanswered(error: unknown, endpoints: string): StillpointError {
  const message = `etcd at "${endpoints}" does not answer: ${messageOf(error)}`;
  return new StillpointError("unreachable", message, { cause: error });
}

export function refused(error: unknown, endpoints: string): unknown {
  if (error instanceof StillpointError) return error;
  const text = messageOf(error);
  const { reason = "internal" as Reason, ...details } = refusals.find(({ says }) => says.test(text)) ?? {};
  return new StillpointError(reason, `etcd at "${endpoints}" refused a request: ${text}`, { ...details, cause: error });
}
