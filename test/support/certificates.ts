// Certificates for the tests of one file: everybody who may come to a port, and everybody who may not.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { issue, makeAuthority } from "../../cli/certs/authority.ts";

export const hosts = ["localhost", "127.0.0.1"];

/** A CA in a directory of its own. */
export class Authority implements AsyncDisposable {
  readonly directory: string;

  static async make(): Promise<Authority> {
    const directory = await mkdtemp(join(tmpdir(), "stillpoint-ca-"));
    await makeAuthority(directory);
    return new Authority(directory);
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Good for both sides. */
  async issue(name: string, options: { hosts?: string[]; days?: number } = {}): Promise<void> {
    const identity = { name, usage: "serverAuth,clientAuth", hosts: options.hosts ?? hosts } as const;
    await issue(this.directory, identity, options.days);
  }

  /** Paths, as a configuration has them. */
  files(name: string) {
    const home = join(this.directory, name);
    return { ca: join(home, "ca.crt"), cert: join(home, "tls.crt"), key: join(home, "tls.key") };
  }

  /** For a client; without a name it shows no certificate. */
  async credentials(name?: string): Promise<ChannelCredentials> {
    const ca = await readFile(join(this.directory, "ca.crt"));
    return name === undefined ? credentials.createSsl(ca) : await credentialsOf(ca, this.files(name));
  }

  /** Somebody of this CA who trusts another one, so that it is the other side that says no. */
  async strangerTo(other: Authority, name: string): Promise<ChannelCredentials> {
    return await credentialsOf(await readFile(join(other.directory, "ca.crt")), this.files(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}

async function credentialsOf(ca: Buffer, { cert, key }: { cert: string; key: string }): Promise<ChannelCredentials> {
  return credentials.createSsl(ca, await readFile(key), await readFile(cert));
}
