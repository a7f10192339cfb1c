// Who calls, and whether he may: asked here, for every method of every service, before its handler hears of the call.
import { createHash, timingSafeEqual } from "node:crypto";
import type { PeerCertificate } from "node:tls";
import {
  type Metadata,
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from "@grpc/grpc-js";
import { type Reason, StillpointError } from "./errors.ts";
import { mayCall, type Role, roleOfMethod, roles } from "./roles.ts";
import { toStatus } from "./wire.ts";

export interface Access {
  /** Who has a role: names in certificates. Undefined: callers have no certificates. */
  names: Readonly<Record<Role, readonly string[]>> | undefined;
  /** Undefined: callers have no tokens. */
  tokens: (() => readonly { role: Role; name: string; sha256: Buffer }[]) | undefined;
}

/** Everybody may do everything: on a port that only this machine reaches. */
export const openToAll: Access = { names: undefined, tokens: undefined };

export interface Caller {
  /** The certificate's common name, or the file of the token; "anonymous" if everybody may do everything. */
  name: string;
  roles: readonly Role[];
  /** Address. */
  peer: string;
}

export interface Refusal {
  action: string;
  who: string;
  peer: string;
  outcome: Reason;
  problem: string;
}

export type OnRefused = (refusal: Refusal) => void;

const callers = new WeakMap<Metadata, Caller>();
const anonymous = "anonymous";

/** Who made the call that came with this metadata. */
export function callerOf(call: { metadata: Metadata; getPeer(): string }): Caller {
  return callers.get(call.metadata) ?? { name: anonymous, roles, peer: call.getPeer() };
}

export function guard(access: Access, onRefused: OnRefused): ServerInterceptor {
  return ({ path }, call) => {
    const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
      const caller = identify(access, call.getAuthContext().sslPeerCertificate, metadata, call.getPeer());
      const error = refusal(path, caller);
      if (error === undefined) {
        callers.set(metadata, caller);
        next(metadata);
      } else {
        const { reason: outcome, message: problem } = error;
        onRefused({ action: path.slice(1), who: caller.name, peer: caller.peer, outcome, problem });
        call.sendStatus(toStatus(error));
      }
    });
    const responder = new ResponderBuilder().withStart((next) => next(listener.build()));
    return new ServerInterceptingCall(call, responder.build());
  };
}

function identify(
  { names, tokens }: Access,
  certificate: PeerCertificate | undefined,
  metadata: Metadata,
  peer: string,
): Caller {
  if (names === undefined && tokens === undefined) return { name: anonymous, roles, peer };
  const shown = names === undefined || certificate === undefined ? [] : namesIn(certificate);
  const shownTokens = tokens === undefined ? [] : tokensIn(metadata, tokens());
  const ofCertificate = roles.filter((role) => names?.[role].some((name) => shown.includes(name)));
  const known = [...shown.slice(0, 1), ...shownTokens.slice(0, 1).map(({ name }) => `token ${name}`)];
  return {
    name: known.join(", ") || anonymous,
    roles: [...ofCertificate, ...shownTokens.map(({ role }) => role)],
    peer,
  };
}

/** `DNS:a.example, URI:spiffe://b, IP Address:10.0.0.1`; Node puts a name that could be mistaken for several in quotes. */
const alternativeNames = /([\w ]+):("(?:[^"\\]|\\.)*"|[^",]+)(?:, |$)/gy;

/** The common name first. */
function namesIn({ subject, subjectaltname = "" }: PeerCertificate): string[] {
  const alternative = [...subjectaltname.matchAll(alternativeNames)].flatMap(([, kind, name = ""]) =>
    kind === "DNS" || kind === "URI" ? [name] : [],
  );
  return [subject.CN ?? [], alternative].flat();
}

/** Several if one token is good for several roles. Hashes are compared: the time that it takes tells nothing of a token. */
function tokensIn<Token extends { sha256: Buffer }>(metadata: Metadata, known: readonly Token[]): Token[] {
  const [, shown] = /^Bearer (\S+)$/i.exec(String(metadata.get("authorization")[0] ?? "")) ?? [];
  if (shown === undefined) return [];
  const sha256 = createHash("sha256").update(shown).digest();
  return known.filter((token) => timingSafeEqual(token.sha256, sha256));
}

function refusal(method: string, { name, roles: has }: Caller): StillpointError | undefined {
  const needed = roleOfMethod.get(method);
  if (mayCall(has, needed)) return undefined;
  const what = `${method.slice(1)} needs the role "${needed ?? "nobody"}"`;
  if (name === anonymous)
    return new StillpointError("unauthenticated", `${what}, and the call does not show who makes it`);
  const own = has.length === 0 ? "none" : has.map((role) => `"${role}"`).join(" and ");
  return new StillpointError("denied", `${what}; the caller is "${name}" and has ${own}`);
}
