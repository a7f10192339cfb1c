// Asks grpc.health.v1 at a port that answers probes in plain text (HostOptions.healthListen).
import { Client, credentials } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { service as healthService } from "grpc-health-check";
import { callUnary } from "./call.ts";

interface Answer {
  status: string;
}

type Check = MethodDefinition<{ service: string }, object, object, Answer>;

const withinMs = 2000;

/** @returns SERVING, NOT_SERVING or UNKNOWN. @throws StillpointError unreachable, or not-found if there is no such service */
export async function askHealth(address: string, service = ""): Promise<string> {
  const client = new Client(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  try {
    const limits = { timeoutMs: withinMs, peer: `the service at ${address}` };
    return (await callUnary(client, healthService.Check as unknown as Check, { service }, limits)).status;
  } finally {
    client.close();
  }
}
