// A name is looked up for its addresses only: where the DNS does not answer, as in a network that is cut off from the others,
// commands ended half a minute after their work, since gRPC was still asking it how to call the service.
import { promises } from "node:dns";
import { type ClientOptions, credentials } from "@grpc/grpc-js";
import { expect, it, vi } from "vitest";
import { Agent } from "../../proto/agent-contract.ts";
import { callUnary } from "../../proto/call.ts";
import { channelOptions, clientOptions } from "../../proto/load.ts";
import { rejectionOf } from "../support/error-of.ts";

/** How often the DNS is asked for a service's configuration by a call to a port of this machine where nobody listens. */
async function questionsWith(options: ClientOptions): Promise<number> {
  const asked = vi.spyOn(promises, "resolveTxt").mockRejectedValue(new Error("the DNS does not answer"));
  const client = new Agent("localhost:1", credentials.createInsecure(), options);
  const call = callUnary(client, Agent.service.Describe, {}, { timeoutMs: 5000, peer: "nobody" });
  expect(await rejectionOf(call)).toMatchObject({ reason: "unreachable" });
  client.close();
  const { length } = asked.mock.calls;
  asked.mockRestore();
  return length;
}

it("is all that is asked of the DNS", async () => {
  expect(await questionsWith({})).toBeGreaterThan(0); // what gRPC does by itself
  expect(await questionsWith(channelOptions)).toBe(0);
  expect(await questionsWith(clientOptions)).toBe(0);
});
