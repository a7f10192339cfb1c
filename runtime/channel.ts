// How to reach a service: TLS where there are certificates; plain text to this machine only, unless somebody has allowed it.
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  type ChannelCredentials,
  type ClientOptions,
  credentials,
  InterceptingCall,
  type Interceptor,
} from "@grpc/grpc-js";
import { isLoopback, parseAddress } from "./address.ts";
import type { Tls } from "./tls.ts";

export interface ChannelSecurity {
  tls?: Tls | undefined;
  /** Shown with every call. */
  token?: (() => string) | undefined;
  /** Plain text may go over a network. */
  insecure?: boolean | undefined;
}

/** What a gRPC client is made with. */
export interface Channel {
  credentials: ChannelCredentials;
  options: ClientOptions;
}

/** Whether text to or from this address would go over a network as it is, and nobody has allowed that. */
export function isInTheOpen(
  address: string,
  { tls, insecure = false }: { tls?: unknown; insecure?: boolean | undefined },
): boolean {
  return tls === undefined && !insecure && !isLoopback(parseAddress(address));
}

/** Must not be asked for an address that is in the open. */
export function channelTo(address: string, security: ChannelSecurity): Channel {
  if (isInTheOpen(address, security)) throw new RangeError(`plain text must not go to ${address}`);
  const { tls, token } = security;
  const interceptors = token === undefined ? [] : [bearing(token)];
  if (tls === undefined) return { credentials: credentials.createInsecure(), options: { interceptors, ...noProxy } };
  const { host } = parseAddress(address);
  if (isIP(host) === 0) return { credentials: tls.channelCredentials(), options: { interceptors } };
  const verify = {
    checkServerIdentity: (_: string, certificate: Certificate) => checkServerIdentity(host, certificate),
  };
  return { credentials: tls.channelCredentials(verify), options: { interceptors, ...anyServerName } };
}

/** Plain text goes where it is meant to and nowhere else, whatever http_proxy says. */
const noProxy = { "grpc.enable_http_proxy": 0 };

type Certificate = Parameters<typeof checkServerIdentity>[1];

/** TLS cannot ask for a server by its IP address, and Node warns if it is tried: the certificate is checked all the same. */
const anyServerName = { "grpc.ssl_target_name_override": "address.invalid" };

function bearing(token: () => string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        metadata.set("authorization", `Bearer ${token()}`);
        next(metadata, listener);
      },
    });
}
