// How a command shows the coordinator who it is: certificates and a token, from options and variables.
import { join } from "node:path";
import { Option } from "commander";
import { StillpointError } from "../proto/errors.ts";
import type { ChannelSecurity } from "../runtime/channel.ts";
import { readSecretFile } from "../runtime/secret-file.ts";
import type { TlsFiles } from "../runtime/tls.ts";
import { checkToken } from "../runtime/tokens.ts";

export interface SecurityOptions {
  tls?: string;
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
  tokenFile?: string;
  insecure?: boolean;
}

/** Variables that only commands read. */
export const securityVariables = ["STILLPOINT_TLS", "STILLPOINT_TOKEN", "STILLPOINT_TOKEN_FILE"];

export function securityOptions(): Option[] {
  const file = (name: string, description: string) =>
    new Option(`--${name} <file>`, description).env(`STILLPOINT_${name.toUpperCase().replaceAll("-", "_")}`);
  return [
    new Option("--tls <directory>", "where ca.crt, tls.crt and tls.key are, as certs init makes them").env(
      "STILLPOINT_TLS",
    ),
    file("tls-ca", "who signs the coordinator's certificate; or --tls"),
    file("tls-cert", "our certificate"),
    file("tls-key", "its key"),
    file("token-file", "a token to show; STILLPOINT_TOKEN is one itself"),
    new Option("--insecure", "plain text, also to another machine"),
  ];
}

export interface OpenSecurity extends AsyncDisposable {
  channel: ChannelSecurity;
}

/** @throws StillpointError invalid, or ConfigError if a file cannot be used */
export async function openSecurity(options: SecurityOptions): Promise<OpenSecurity> {
  const { insecure = false } = options;
  const files = tlsFiles(options);
  if (insecure && files !== undefined) throw invalid("--insecure does not go with certificates");
  const token = await tokenOf(options);
  const channel: ChannelSecurity = { insecure, token: token === undefined ? undefined : () => token };
  if (files === undefined) return { channel, [Symbol.asyncDispose]: async () => {} };
  const { Tls } = await import("../runtime/tls.ts"); // gRPC takes a while to load
  const tls = await Tls.open(files, { onRenewed: () => {}, onProblem: () => {} });
  return { channel: { ...channel, tls }, [Symbol.asyncDispose]: () => tls.close() };
}

function tlsFiles({ tls: directory, tlsCa, tlsCert, tlsKey }: SecurityOptions): TlsFiles | undefined {
  const inDirectory = (name: string) => (directory === undefined ? undefined : join(directory, name));
  const ca = tlsCa ?? inDirectory("ca.crt");
  const cert = tlsCert ?? inDirectory("tls.crt");
  const key = tlsKey ?? inDirectory("tls.key");
  if (ca !== undefined && cert !== undefined && key !== undefined) return { ca, cert, key };
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  throw invalid("--tls-ca, --tls-cert and --tls-key go together: give all three, or --tls DIRECTORY");
}

async function tokenOf({ tokenFile }: SecurityOptions): Promise<string | undefined> {
  const { STILLPOINT_TOKEN: token } = process.env;
  if (tokenFile !== undefined) return checkToken(tokenFile, await readSecretFile(tokenFile));
  return token === undefined ? undefined : checkToken("STILLPOINT_TOKEN", Buffer.from(token));
}

function invalid(message: string): StillpointError {
  return new StillpointError("invalid", message);
}
