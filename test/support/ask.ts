// One call to a service, and what must hold of its error, whatever was asked.
import { type Client, type ServiceError, status } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { expect } from "vitest";
import { callStream, callUnary } from "../../proto/call.ts";
import { isReason, StillpointError } from "../../proto/errors.ts";
import { toStatus } from "../../proto/wire.ts";
import { rejectionOf } from "./error-of.ts";

export type AnyMethod = MethodDefinition<object, object, object, object>;

/** To its end; the error, if it is one. */
export function ask(client: Client, method: AnyMethod, request: object): Promise<StillpointError | undefined> {
  return rejectionOf(answerOf(client, method, request));
}

async function answerOf(client: Client, method: AnyMethod, request: object): Promise<void> {
  const limits = { timeoutMs: 30_000, peer: "the service" };
  if (!method.responseStream) await callUnary(client, method, request, limits);
  else for await (const _ of callStream(client, method, request, limits));
}

/** It is of the table, with the table's code, and a person can read it. */
export function expectOfTheTable(error: StillpointError | undefined): void {
  if (error === undefined) return;
  const sent = error.cause as ServiceError;
  const { reason, message, hint } = error;
  expect(isReason(reason) && reason !== "internal", `${reason}: ${message}`).toBe(true);
  expect(status[sent.code], message).toBe(status[toStatus(new StillpointError(reason, "")).code]);
  expect(sent.metadata.get("grpc-status-details-bin"), `${message} comes from the transport`).toHaveLength(1);
  expect(hint).not.toBe("");
  expect(message).toMatch(/^[^\p{Cc}]{5,600}$/u);
  expect(message).not.toMatch(/undefined|\[object|NaN\b.*NaN|node:|\.ts:\d/);
}
