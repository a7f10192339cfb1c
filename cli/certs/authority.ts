// A certificate authority in one directory, by the program openssl: what it takes to try TLS out, and no more.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, StillpointError } from "../../proto/errors.ts";

export interface Identity {
  name: string;
  usage: "serverAuth" | "clientAuth" | "serverAuth,clientAuth";
  /** DNS names and IP addresses where it serves. */
  hosts: readonly string[];
}

const caDays = 3650;
const usualDays = 365;
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes ca.crt and ca.key. @throws StillpointError not-found, if there is no openssl */
export async function makeAuthority(directory: string): Promise<void> {
  const [key, certificate, config] = ["ca.key", "ca.crt", "ca.cnf"].map((name) => join(directory, name)) as Three;
  await writeConfig(config, ["basicConstraints = critical,CA:TRUE", "keyUsage = critical,keyCertSign,cRLSign"]);
  const subject = ["-subj", "/CN=Stillpoint CA", "-days", String(caDays)];
  const files = ["-config", config, "-extensions", "own", "-keyout", key, "-out", certificate];
  await openssl(["req", "-x509", ...newKey, ...subject, ...files]);
  await chmod(key, 0o600);
  await rm(config);
}

/** Makes NAME/ca.crt, tls.crt and tls.key, signed by the authority of the directory. */
export async function issue(directory: string, { name, usage, hosts }: Identity, days = usualDays): Promise<void> {
  const home = join(directory, name);
  const [key, request, config] = ["tls.key", "request", "own.cnf"].map((file) => join(home, file)) as Three;
  const names = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
  const alternative = names.length === 0 ? [] : [`subjectAltName = ${names.join(",")}`];
  await mkdir(home, { mode: 0o700 });
  await writeConfig(config, ["basicConstraints = critical,CA:FALSE", `extendedKeyUsage = ${usage}`, ...alternative]);
  await openssl(["req", "-new", ...newKey, "-subj", `/CN=${name}`, "-config", config, "-keyout", key, "-out", request]);
  const signer = ["-CA", join(directory, "ca.crt"), "-CAkey", join(directory, "ca.key")];
  const number = ["-set_serial", `0x${randomBytes(16).toString("hex")}`, "-days", String(days)];
  const files = ["-extfile", config, "-extensions", "own", "-in", request, "-out", join(home, "tls.crt")];
  await openssl(["x509", "-req", ...signer, ...number, ...files]);
  await chmod(key, 0o600);
  await copyFile(join(directory, "ca.crt"), join(home, "ca.crt"));
  await Promise.all([rm(request), rm(config)]);
}

type Three = [string, string, string];

/** All that openssl is to know: nothing comes from the machine's own configuration of it. */
async function writeConfig(file: string, extensions: readonly string[]): Promise<void> {
  await writeFile(file, ["[req]", "distinguished_name = subject", "[subject]", "[own]", ...extensions, ""].join("\n"));
}

async function openssl(args: string[]): Promise<void> {
  await promisify(execFile)("openssl", args).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw new StillpointError("internal", messageOf(cause), { cause });
    const hint = "install it (Debian and Ubuntu: apt-get install openssl)";
    throw new StillpointError("not-found", 'there is no program "openssl" on the PATH', { hint, cause });
  });
}
