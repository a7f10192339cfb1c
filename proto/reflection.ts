// Reflection, so that grpcurl works without the .proto files. The library indexes every message, twice, with all comments: that
// is done when somebody asks for the first time. Few do, and it takes 5 MiB and 50 ms of a start.
import { readFileSync } from "node:fs";
import type { handleBidiStreamingCall, Server, ServiceDefinition } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import protobuf from "protobufjs";

interface Handlers {
  ServerReflectionInfo: handleBidiStreamingCall<unknown, unknown>;
}

/** v1, and the older v1alpha. */
interface Version {
  definition: ServiceDefinition;
  handlers: Handlers;
}

export function addReflection(server: Server): void {
  let indexed: Version[] | undefined;
  for (const [index, { definition }] of versionsOf([]).entries()) {
    const handlers: Handlers = {
      ServerReflectionInfo: (stream) => {
        indexed ??= versionsOf(descriptors());
        indexed[index]?.handlers.ServerReflectionInfo(stream);
      },
    };
    server.addService(definition, { ...handlers });
  }
}

/** What the library would add to a server. */
function versionsOf(fileDescriptorProtos: Buffer[]): Version[] {
  const versions: Version[] = [];
  const addService = (definition: ServiceDefinition, handlers: Handlers) => versions.push({ definition, handlers });
  const all = { all: { fileDescriptorProtos } } as unknown as PackageDefinition;
  new ReflectionService(all).addToServer({ addService } as unknown as Server);
  return versions;
}

/** Those that buf built: those that the library makes itself lack imports and map entries. */
function descriptors(): Buffer[] {
  return ["stillpoint.binpb", "health.binpb"].flatMap((file) =>
    filesIn(readFileSync(new URL(`gen/${file}`, import.meta.url))),
  );
}

/** A FileDescriptorSet is one field, again and again. */
function filesIn(set: Buffer): Buffer[] {
  const files: Buffer[] = [];
  for (const reader = protobuf.Reader.create(set); reader.pos < reader.len; ) {
    reader.uint32();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}
