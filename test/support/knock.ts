// Calls any method of any service, with an empty request, and tells what came back first.
import { type Client, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Reason } from "../../proto/errors.ts";
import { fromStatus } from "../../proto/wire.ts";

export interface Answer {
  /** "answered", if the method was there for us, whatever it said. */
  outcome: "answered" | Extract<Reason, "denied" | "unauthenticated" | "unreachable">;
  message: string;
  hint: string;
}

const asTheyAre = (bytes: Buffer) => bytes;

/** A call that sends and gets streams fits methods of every kind. */
export function knock(client: Client, path: string, token?: string): Promise<Answer> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest(path, asTheyAre, asTheyAre, metadata, { deadline: Date.now() + 20_000 });
    call.on("error", (error: ServiceError) => resolve(answerOf(error)));
    call.on("data", () => {
      resolve({ outcome: "answered", message: "", hint: "" });
      call.cancel();
    });
    call.end(Buffer.alloc(0));
  });
}

function answerOf(error: ServiceError): Answer {
  const { reason, message, hint } = fromStatus(error, "service");
  const outcome = reason === "denied" || reason === "unauthenticated" || reason === "unreachable" ? reason : "answered";
  return { outcome, message, hint };
}
