// Calls a gRPC method from async code: with an abort signal and a time limit, errors translated (wire.ts).
import { type CallOptions, type Client, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { StillpointError } from "./errors.ts";
import { fromStatus } from "./wire.ts";

export interface CallLimits {
  /** Milliseconds until the transport gives up; set it longer than any wait that the request itself asks for. */
  timeoutMs: number;
  /** Ends the call; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Who is called, for messages: "agent of db1 at 10.0.0.1:7421". */
  peer: string;
}

/** A method as the generated code has it, such as `Agent.service.Lock`. */
type Method<Input, Output> = MethodDefinition<Input, object, object, Output>;

/** One answer, or a StillpointError. */
export function callUnary<Input, Output>(
  client: Client,
  method: Method<Input, Output>,
  request: Input,
  limits: CallLimits,
): Promise<Output> {
  const { path, requestSerialize, responseDeserialize } = method;
  const { signal } = limits;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelledBy(signal));
    const answer = (error: ServiceError | null, response?: Output) => {
      signal?.removeEventListener("abort", cancel);
      if (error === null) resolve(response as Output);
      else reject(translated(error, limits));
    };
    const args = [path, requestSerialize, responseDeserialize, request, new Metadata(), options(limits)] as const;
    const call = client.makeUnaryRequest(...args, answer);
    const cancel = () => call.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** The messages of a server stream. Leaving the loop early cancels the call. */
export async function* callStream<Input, Output>(
  client: Client,
  method: Method<Input, Output>,
  request: Input,
  limits: CallLimits,
): AsyncGenerator<Output> {
  const { path, requestSerialize, responseDeserialize } = method;
  const { signal } = limits;
  if (signal?.aborted) throw cancelledBy(signal);
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, options(limits));
  const cancel = () => stream.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    yield* stream as AsyncIterable<Output>;
  } catch (error) {
    throw translated(error as ServiceError, limits);
  } finally {
    signal?.removeEventListener("abort", cancel);
    stream.on("error", () => {}); // the end of a call that was left early; nobody waits for it any more
    stream.cancel();
  }
}

/** Why a signal was aborted, as one of our errors. */
export function cancelledBy(signal: AbortSignal): StillpointError {
  const { reason } = signal;
  return reason instanceof StillpointError ? reason : new StillpointError("cancelled", "the call was cancelled");
}

function options(limits: CallLimits): CallOptions {
  return { deadline: Date.now() + limits.timeoutMs };
}

function translated(error: ServiceError, { signal, peer }: CallLimits): StillpointError {
  return signal?.aborted ? cancelledBy(signal) : fromStatus(error, peer);
}
