// A gRPC server that people can look into: the service itself, health that means something, and reflection. All three are
// behind the same guard (access.ts). Health alone may be had at a second port too, by everybody and in plain text: probes as
// Kubernetes makes them have no certificate.
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { type Access, guard, type OnRefused } from "./access.ts";
import { messageOf, StillpointError } from "./errors.ts";
import { type Check, keepHealth } from "./health.ts";
import { channelOptions } from "./load.ts";
import { addReflection } from "./reflection.ts";

export interface HostOptions {
  /** host:port; port 0 takes a free one. */
  listen: string;
  /** Full name, such as stillpoint.v1.Agent. */
  name: string;
  definition: ServiceDefinition;
  // biome-ignore lint/suspicious/noExplicitAny: handlers are checked against the definition where they are made
  handlers: Record<string, any>;
  credentials: ServerCredentials;
  /** host:port that answers probes: health, and nothing else. */
  healthListen?: string | undefined;
  access: Access;
  onRefused: OnRefused;
  /** What health says; see health.ts. */
  check: Check;
  onHealth: (problem: string | undefined) => void;
}

export interface Hosted {
  /** host:port that it listens on. */
  address: string;
  /** Takes no more calls, waits for those that run for at most `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** @throws StillpointError invalid, if an address cannot be listened on */
export async function host(options: HostOptions): Promise<Hosted> {
  const { listen, name, definition, handlers, credentials, access, onRefused, check, onHealth } = options;
  const server = new Server({ ...channelOptions, interceptors: [guard(access, onRefused)] });
  server.addService(definition, handlers as UntypedServiceImplementation);
  const health = new HealthImplementation({ "": "NOT_SERVING", [name]: "NOT_SERVING", live: "SERVING" });
  health.addToServer(server);
  addReflection(server);
  const probed = options.healthListen === undefined ? undefined : await answerProbes(health, options.healthListen);
  const address = await bind(server, listen, credentials).catch((error: unknown) => {
    probed?.forceShutdown();
    throw error;
  });
  const stop = new AbortController();
  const watching = keepHealth(health, { name, check, onChange: onHealth }, stop.signal);
  return {
    address,
    close: async (graceMs) => {
      stop.abort();
      await watching;
      await shutDown(server, graceMs);
      probed?.forceShutdown();
    },
  };
}

async function answerProbes(health: HealthImplementation, listen: string): Promise<Server> {
  const server = new Server(channelOptions);
  health.addToServer(server);
  await bind(server, listen, ServerCredentials.createInsecure());
  return server;
}

function bind(server: Server, listen: string, credentials: ServerCredentials): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync(listen, credentials, (error, port) => {
      if (error === null) return resolve(`${listen.slice(0, listen.lastIndexOf(":"))}:${port}`);
      reject(
        new StillpointError("invalid", `cannot listen on "${listen}": ${messageOf(error)}`, {
          hint: "another process may use the port: give another one (listen: host:port)",
          cause: error,
        }),
      );
    });
  });
}

async function shutDown(server: Server, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => server.forceShutdown(), graceMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(cutOff);
}
