// Turns async functions into gRPC handlers. A handler's error becomes a status with our details (wire.ts); the call's
// signal aborts when the caller goes away, never when the call succeeded.
import type { handleServerStreamingCall, handleUnaryCall, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { type Caller, callerOf } from "./access.ts";
import { StillpointError } from "./errors.ts";
import { toStatus } from "./wire.ts";

export interface Call {
  /** Aborts when the caller has gone away or its deadline has passed. */
  signal: AbortSignal;
  caller: Caller;
}

/** Sees every error that a handler threw, at once or later, before it is sent. */
export type OnError = (error: unknown, method: string) => void;

/** Where errors are logged; pino fits. */
export interface ErrorLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Errors that a caller can act on are warnings; all others are defects, logged with their stack. */
export function errorsTo(log: ErrorLog): OnError {
  return (error, method) => {
    if (error instanceof StillpointError && error.reason !== "internal") {
      log.warn({ method, reason: error.reason }, error.message);
    } else log.error({ method, err: error }, "unexpected error");
  };
}

export function unary<Request, Response>(
  handler: (request: Request, call: Call) => Promise<Response>,
  onError: OnError,
): handleUnaryCall<Request, Response> {
  return (call, reply) => {
    const scope = scopeOf(call);
    const answer = async () => await handler(call.request, scope.call);
    answer()
      .finally(scope.end)
      .then(
        (response) => reply(null, response),
        (error: unknown) => {
          onError(error, call.getPath());
          reply(toStatus(error));
        },
      );
  };
}

export function serverStream<Request, Response>(
  handler: (request: Request, call: Call) => AsyncIterable<Response>,
  onError: OnError,
): handleServerStreamingCall<Request, Response> {
  return (stream) => {
    const scope = scopeOf(stream);
    const answer = async () => await sendAll(handler(stream.request, scope.call), stream, scope.call.signal);
    answer()
      .finally(scope.end)
      .then(
        () => stream.end(),
        (error: unknown) => {
          onError(error, stream.getPath());
          stream.emit("error", toStatus(error));
        },
      );
  };
}

async function sendAll<Response>(
  messages: AsyncIterable<Response>,
  stream: ServerWritableStream<unknown, Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of messages) {
    if (signal.aborted) continue;
    if (!stream.write(message)) await drained(stream, signal);
  }
}

function drained(stream: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    stream.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** grpc-js says "cancelled" after a success too, so the signal is cut off from the call once the handler has ended. */
function scopeOf(call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>) {
  const controller = new AbortController();
  const cancel = () => controller.abort(new StillpointError("cancelled", "the caller went away"));
  call.once("cancelled", cancel);
  return {
    call: { signal: controller.signal, caller: callerOf(call) } satisfies Call,
    end: () => {
      call.off("cancelled", cancel);
    },
  };
}
