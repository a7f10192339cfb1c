// A gRPC server on one address, until it is closed.
import { chmod, rm } from "node:fs/promises";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { StillpointError } from "../../proto/errors.ts";

const graceMs = 1000;

export interface Served {
  /** Where it can be called: host:port or unix:/path. */
  address: string;
  /** Takes no more calls, and cuts off those that still run after a second. */
  close(): Promise<void>;
}

/** Serves on host:port; port 0 takes a free one. */
export async function serve(listen: string, definition: ServiceDefinition, handlers: object): Promise<Served> {
  const server = new Server();
  server.addService(definition, handlers as UntypedServiceImplementation);
  const port = await bind(server, listen);
  return { address: listen.replace(/:0$/, `:${port}`), close: () => shutDown(server) };
}

/** Serves on unix:/path, for this user only. Takes the place of a socket that a killed process left behind. */
export async function serveSocket(listen: string, definition: ServiceDefinition, handlers: object): Promise<Served> {
  const path = listen.slice("unix:".length);
  await rm(path, { force: true });
  const served = await serve(listen, definition, handlers);
  await chmod(path, 0o600);
  return served;
}

function bind(server: Server, listen: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(listen, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(new StillpointError("invalid", `cannot listen on "${listen}": ${error.message}`, { cause: error }));
    });
  });
}

async function shutDown(server: Server): Promise<void> {
  const cutOff = setTimeout(() => server.forceShutdown(), graceMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(cutOff);
}
