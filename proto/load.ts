// Loads the .proto files at run time. The options must be those that scripts/generate.ts made the types with.
import { fileURLToPath } from "node:url";
import { type GrpcObject, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync, type Options } from "@grpc/proto-loader";

const options: Options = {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
  includeDirs: [fileURLToPath(new URL(".", import.meta.url))],
};

/** Each contract has a module of its own: a process loads those that it speaks. */
export function load<Types>(file: string): Types {
  return loadPackageDefinition(loadSync(`stillpoint/v1/${file}`, options)) as GrpcObject as unknown as Types;
}

/**
 * For servers and clients alike: a Plan's dump may have 64 MiB, the rest of the message is small. A peer that hangs or was
 * cut off is noticed within 15 s, however long the call may last. How to call a service stands here: gRPC would ask the DNS for
 * that too (a TXT record), and where the DNS does not answer a command ended half a minute after its work.
 */
export const channelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.service_config_disable_resolution": 1,
  "grpc.max_receive_message_length": 72 * 1024 * 1024,
  "grpc.max_send_message_length": 72 * 1024 * 1024,
};

/** For clients. A peer that was restarted is found again at once, not after the library's minute of backoff. */
export const clientOptions = {
  ...channelOptions,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 500,
};

export const maxDumpBytes = 64 * 1024 * 1024;
