// The security of one service while it runs: its port, who may use it, its own calls. Certificates and tokens are read again
// when their files change. Where plain text may reach a network, because the configuration says so, the log says so too.
import { ServerCredentials } from "@grpc/grpc-js";
import type { Log } from "./log.ts";
import type { SecurityConfig } from "./security-config.ts";
import { Tls } from "./tls.ts";
import { type Token, watchTokens } from "./tokens.ts";

type Role = keyof NonNullable<SecurityConfig["tokens"]>;

/** The names in the certificates of `stillpoint certs init`. */
const usualNames: Record<Role, string[]> = { coordinator: ["coordinator"], operator: ["operator"], viewer: ["viewer"] };

export interface Security {
  credentials: ServerCredentials;
  /** As proto/access.ts wants it. */
  access: {
    names: Record<Role, string[]> | undefined;
    tokens: (() => readonly Token<Role>[]) | undefined;
  };
  tls: Tls | undefined;
  close(): Promise<void>;
}

/** @throws ConfigError, if a file cannot be used */
export async function openSecurity(config: SecurityConfig & { listen: string }, log: Log): Promise<Security> {
  const { listen, tls: files, roles: names = usualNames } = config;
  if (config.insecure) log.warn({ listen }, "insecure: plain text may go to and come from other machines");
  await using opened = new AsyncDisposableStack();
  const tls = files && opened.adopt(await Tls.open(files, fileEvents(log, "certificates")), (each) => each.close());
  const tokens =
    config.tokens && opened.adopt(await watchTokens(config.tokens, fileEvents(log, "tokens")), (each) => each.close());
  const kept = opened.move();
  return {
    credentials: tls?.serverCredentials() ?? ServerCredentials.createInsecure(),
    access: { names: tls && names, tokens: tokens && (() => tokens.current) },
    tls,
    close: () => kept.disposeAsync(),
  };
}

/** What becomes of files that change. */
export function fileEvents(log: Log, what: string) {
  return {
    onRenewed: () => log.info(`read new ${what}`),
    onProblem: (problem: string) => log.error({ problem }, `new ${what} cannot be used, the old ones stay`),
  };
}
