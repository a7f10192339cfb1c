// A server of engine.proto that does what the test says, also what it must not do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { Engine } from "../../proto/engine-contract.ts";
import type { InspectResponseInput } from "../../proto/gen/stillpoint/v1/InspectResponse.ts";
import type { ResumeWritesResponseInput } from "../../proto/gen/stillpoint/v1/ResumeWritesResponse.ts";
import type { StopWritesRequest } from "../../proto/gen/stillpoint/v1/StopWritesRequest.ts";
import type { StopWritesResponseInput } from "../../proto/gen/stillpoint/v1/StopWritesResponse.ts";

/** Writes the bytes of messages, so that it can write what is none. */
export type StopStream = ServerWritableStream<StopWritesRequest, Buffer>;

/** What is absent never answers. */
export interface Rogue {
  stopWrites?(stream: StopStream): void;
  inspect?(): InspectResponseInput;
  resumeWrites?(): ResumeWritesResponseInput | Promise<ResumeWritesResponseInput>;
}

export interface RogueServer extends AsyncDisposable {
  address: string;
}

export async function startRogue({ stopWrites = () => {}, inspect, resumeWrites }: Rogue): Promise<RogueServer> {
  const dir = mkdtempSync(join(tmpdir(), "stillpoint-rogue-"));
  const address = `unix:${join(dir, "socket")}`;
  const { StopWrites, ResumeWrites, Inspect, OpenDatabase } = Engine.service;
  const raw = { ...StopWrites, responseSerialize: (bytes: Buffer) => bytes };
  const server = new Server();
  server.addService(
    { StopWrites: raw, ResumeWrites, Inspect, OpenDatabase },
    {
      StopWrites: stopWrites,
      ResumeWrites: async (_call: unknown, reply: (error: null, answer: ResumeWritesResponseInput) => void) => {
        if (resumeWrites !== undefined) reply(null, await resumeWrites());
      },
      Inspect: (_call: unknown, reply: (error: null, answer: InspectResponseInput) => void) => {
        if (inspect !== undefined) reply(null, inspect());
      },
      OpenDatabase: (_call: unknown, reply: (error: null, answer: object) => void) => reply(null, {}),
    },
  );
  await new Promise<void>((resolve, reject) => {
    const bound = (error: Error | null) => (error === null ? resolve() : reject(error));
    server.bindAsync(address, ServerCredentials.createInsecure(), bound);
  });
  return {
    address,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      rmSync(dir, { recursive: true });
    },
  };
}

export function event(message: StopWritesResponseInput): Buffer {
  return Engine.service.StopWrites.responseSerialize(message);
}
