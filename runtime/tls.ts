// Mutual TLS: each side shows a certificate, and wants one of the other side that the CA has signed. Files that change are
// taken over by the next connection, in both directions; connections that stand are left alone.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type ChannelCredentials, experimental, type ServerCredentials } from "@grpc/grpc-js";
import { ConfigError } from "./config-error.ts";
import { readPublicFile, readSecretFile } from "./secret-file.ts";
import { TlsProvider } from "./tls-provider.ts";
import { WatchedFiles } from "./watched-files.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  /** Who signs the certificates of the other side; two in one file while one takes the place of the other. */
  ca: string;
  /** Our own; those that stand between it and the CA follow in the same file. */
  cert: string;
  key: string;
}

/** What is in them. */
export type TlsIdentity = Record<keyof TlsFiles, Buffer>;

export interface TlsEvents {
  onRenewed: () => void;
  /** New files cannot be used; what was there before is kept. */
  onProblem: (problem: string) => void;
}

export class Tls {
  readonly #files: WatchedFiles<TlsIdentity>;
  readonly #provider: TlsProvider;

  /** @throws ConfigError, if the files cannot be used */
  static async open(paths: TlsFiles, { onRenewed, onProblem }: TlsEvents): Promise<Tls> {
    const provider = new TlsProvider();
    const files = await WatchedFiles.open<TlsIdentity>({
      // one after the other: of several that cannot be read, it is always the first that is named
      read: async () => [
        await readPublicFile(paths.ca),
        await readPublicFile(paths.cert),
        await readSecretFile(paths.key),
      ],
      parse: (contents) => identityOf(paths, contents),
      onProblem,
      onChange: (identity) => {
        provider.renew(identity);
        onRenewed();
      },
    });
    provider.renew(files.current);
    return new Tls(files, provider);
  }

  private constructor(files: WatchedFiles<TlsIdentity>, provider: TlsProvider) {
    this.#files = files;
    this.#provider = provider;
  }

  /** The latest that could be used. */
  get current(): TlsIdentity {
    return this.#files.current;
  }

  /** For a port. A caller without a certificate of the CA gets no further than the handshake. */
  serverCredentials(): ServerCredentials {
    return experimental.createCertificateProviderServerCredentials(this.#provider, this.#provider, true);
  }

  /** For a channel; `verify` as `tls.connect` has it. */
  channelCredentials(verify: ChannelVerification = {}): ChannelCredentials {
    return experimental.createCertificateProviderChannelCredentials(this.#provider, this.#provider, verify);
  }

  async close(): Promise<void> {
    await this.#files.close();
  }
}

export type ChannelVerification = NonNullable<
  Parameters<typeof experimental.createCertificateProviderChannelCredentials>[2]
>;

/** @throws ConfigError that names the file */
function identityOf(paths: TlsFiles, [ca, cert, key]: readonly Buffer[]): TlsIdentity {
  if (ca === undefined || cert === undefined || key === undefined)
    throw new RangeError("three files are three contents");
  const own = usable(paths.cert, "a certificate", () => new X509Certificate(cert));
  usable(paths.ca, "a certificate", () => new X509Certificate(ca));
  const privateKey = usable(paths.key, "a private key without a passphrase", () => createPrivateKey(key));
  if (!own.checkPrivateKey(privateKey)) throw new ConfigError([`${paths.key}: is not the key of ${paths.cert}`]);
  if (own.validToDate.getTime() < Date.now()) throw new ConfigError([`${paths.cert}: has expired on ${own.validTo}`]);
  usable(paths.cert, "a chain of certificates", () => createSecureContext({ ca, cert, key }));
  return { ca, cert, key };
}

function usable<Value>(file: string, what: string, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw new ConfigError([`${file}: is not ${what} in PEM`]);
  }
}
