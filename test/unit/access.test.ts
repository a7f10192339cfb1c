// Who a caller is, by the names in a certificate: as Node gives them, with what may be in them.
import type { PeerCertificate } from "node:tls";
import { Metadata, type ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { guard, type Refusal } from "../../proto/access.ts";

const names = { coordinator: ["lead.example"], operator: ["ops"], viewer: ["spiffe://example/viewer", "10.0.0.1"] };

/** Undefined if a coordinator's method may be called. */
function refusalOf(certificate: object, path = "/stillpoint.v1.Agent/Lock"): Refusal | undefined {
  let refusal: Refusal | undefined;
  const interceptor: ServerInterceptor = guard({ names, tokens: undefined }, (refused) => {
    refusal = refused;
  });
  const call = {
    getAuthContext: () => ({ sslPeerCertificate: certificate as PeerCertificate }),
    getPeer: () => "10.0.0.9:1",
    start: (listener: { onReceiveMetadata(metadata: Metadata): void }) => listener.onReceiveMetadata(new Metadata()),
    startRead: () => {},
    sendStatus: () => {},
  } as unknown as ServerInterceptingCall;
  const nothing = () => {};
  const method = { path } as Parameters<ServerInterceptor>[0];
  interceptor(method, call).start({
    onReceiveMetadata: (_metadata: Metadata) => {},
    onReceiveMessage: nothing,
    onReceiveHalfClose: nothing,
    onCancel: nothing,
  });
  return refusal;
}

describe("the guard of a port", () => {
  it.each([
    ["the common name", { subject: { CN: "lead.example" } }],
    ["one of several common names", { subject: { CN: ["x", "lead.example"] } }],
    ["a DNS name", { subject: {}, subjectaltname: "DNS:localhost, DNS:lead.example, IP Address:10.0.0.1" }],
    ["a name after one in quotes", { subject: {}, subjectaltname: 'URI:"a, b", DNS:lead.example' }],
  ])("knows a coordinator by %s", (_what, certificate) => {
    expect(refusalOf(certificate)).toBeUndefined();
  });

  it("knows a viewer by a URI", () => {
    const certificate = { subject: {}, subjectaltname: "URI:spiffe://example/viewer" };
    expect(refusalOf(certificate, "/stillpoint.v1.Agent/Describe")).toBeUndefined();
    expect(refusalOf(certificate)).toMatchObject({ who: "spiffe://example/viewer", outcome: "denied" });
  });

  it.each([
    ["a longer name", { subject: { CN: "lead.example.evil" } }],
    ["a name in other letters", { subject: { CN: "LEAD.example" } }],
    ["a name within one in quotes", { subject: { CN: "x" }, subjectaltname: 'DNS:"a, DNS:lead.example, b"' }],
    ["an IP address", { subject: { CN: "x" }, subjectaltname: "IP Address:10.0.0.1" }],
    ["an e-mail address", { subject: { CN: "x" }, subjectaltname: "email:lead.example" }],
    ["an organisation", { subject: { CN: "x", O: "lead.example" } }],
  ])("is not taken in by %s", (_what, certificate) => {
    expect(refusalOf(certificate)).toMatchObject({ outcome: "denied" });
    expect(refusalOf(certificate, "/stillpoint.v1.Agent/Describe")).toMatchObject({ outcome: "denied" });
  });

  it("knows nobody by a certificate without a name", () => {
    expect(refusalOf({ subject: {} })).toMatchObject({ who: "anonymous", outcome: "unauthenticated" });
  });

  it("lets nobody call what has no role", () => {
    const problem =
      'stillpoint.v1.Agent/NewOne needs the role "nobody"; the caller is "lead.example" and has "coordinator"';
    expect(refusalOf({ subject: { CN: "lead.example" } }, "/stillpoint.v1.Agent/NewOne")).toMatchObject({ problem });
  });
});
