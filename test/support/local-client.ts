// A gRPC client whose server is in the same process: handlers get the request, and the client the answer, as they come off
// the wire, but there is no wire. What of a client our own code uses (call.ts) is there, and no more.
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { type Client, Metadata, type ServiceDefinition, type ServiceError, status } from "@grpc/grpc-js";
import type { toStatus } from "../../proto/wire.ts";

type Status = ReturnType<typeof toStatus>;
type Serialize = (message: unknown) => Buffer;
type Deserialize = (bytes: Buffer) => unknown;

interface LocalCall extends EventEmitter {
  request: unknown;
  getPath(): string;
  getPeer(): string;
}

type UnaryHandler = (call: LocalCall, reply: (error: Status | null, response?: unknown) => void) => void;
type StreamHandler = (call: LocalCall & { write(message: unknown): boolean; end(): void }) => void;

export function localClient(definition: ServiceDefinition, handlers: object): Client {
  const local = new LocalClient(definition, handlers as Record<string, UnaryHandler & StreamHandler>);
  return local as unknown as Client;
}

class LocalClient {
  readonly #definition: ServiceDefinition;
  readonly #handlers: Record<string, UnaryHandler & StreamHandler>;

  constructor(definition: ServiceDefinition, handlers: Record<string, UnaryHandler & StreamHandler>) {
    this.#definition = definition;
    this.#handlers = handlers;
  }

  makeUnaryRequest(
    path: string,
    serialize: Serialize,
    deserialize: Deserialize,
    request: unknown,
    _metadata: Metadata,
    _options: object,
    answer: (error: ServiceError | null, response?: unknown) => void,
  ): { cancel(): void } {
    const { handler, method, call } = this.#callOf(path, serialize, request);
    let isOver = false;
    const settle = (error: Status | null, response?: unknown) => {
      if (isOver) return;
      isOver = true;
      if (error === null) answer(null, deserialize(method.responseSerialize(response)));
      else answer(asServiceError(error));
    };
    handler(call, (error, response) => setImmediate(settle, error, response));
    return {
      cancel: () => {
        call.emit("cancelled");
        settle(cancelled());
      },
    };
  }

  makeServerStreamRequest(path: string, serialize: Serialize, deserialize: Deserialize, request: unknown) {
    const { handler, method, call } = this.#callOf(path, serialize, request);
    const messages = new PassThrough({ objectMode: true });
    const write = (message: unknown) => messages.write(deserialize(method.responseSerialize(message)));
    const fail = (error: Status) => messages.destroy(asServiceError(error));
    call.on("error", fail);
    handler(Object.assign(call, { write, end: () => messages.end() }));
    const cancel = () => {
      call.emit("cancelled");
      if (!messages.writableEnded) fail(cancelled());
    };
    return Object.assign(messages, { cancel });
  }

  #callOf(path: string, serialize: Serialize, request: unknown) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const method = this.#definition[name];
    const handler = this.#handlers[name];
    if (method === undefined || handler === undefined) throw new Error(`there is no method ${path}`);
    const received = { request: method.requestDeserialize(serialize(request)) };
    const call: LocalCall = Object.assign(new EventEmitter(), received, {
      getPath: () => path,
      getPeer: () => "local",
    });
    return { method, handler, call };
  }
}

function cancelled(): Status {
  return { code: status.CANCELLED, details: "cancelled on client", metadata: new Metadata() };
}

function asServiceError(error: Status): ServiceError {
  return Object.assign(new Error(error.details), error);
}
