// A coordinator whose agency is an etcd that wants certificates.
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { type Connections, openConnections } from "../../coordinator/connections.ts";
import type { TlsFiles } from "../../runtime/tls.ts";
import { Authority } from "../support/certificates.ts";
import { rejectionOf } from "../support/error-of.ts";
import { Etcd } from "../support/etcd.ts";
import { LogLines } from "../support/log-lines.ts";
import { mountedSecret } from "../support/mounted-secret.ts";

const forever = new AbortController().signal;
const resources = new AsyncDisposableStack();
let ours: Authority;
let theirs: Authority;
let endpoint: string;

beforeAll(async () => {
  ours = resources.use(await Authority.make());
  theirs = resources.use(await Authority.make());
  await ours.issue("etcd");
  await ours.issue("coordinator");
  await theirs.issue("coordinator");
  const { ca, cert, key } = ours.files("etcd");
  const flags = ["--cert-file", cert, "--key-file", key, "--client-cert-auth", "--trusted-ca-file", ca];
  const etcd = resources.use(await Etcd.start({ scheme: "https", flags }));
  endpoint = `https://${etcd.endpoint.replace("127.0.0.1", "localhost")}`;
});

afterAll(() => resources.disposeAsync());

async function connectionsWith(tls: TlsFiles, lines = new LogLines()): Promise<Connections> {
  const config = coordinatorConfig.parse({ agency: { kind: "etcd", endpoints: [endpoint], tls } });
  const connections = await openConnections(config, lines.log);
  onTestFinished(() => connections[Symbol.asyncDispose]());
  return connections;
}

it("the certificate of the configuration opens it", async () => {
  const { agency } = await connectionsWith(ours.files("coordinator"));
  expect((await agency.readPlan(forever)).entries).toEqual([]);
});

it("new certificates open it for a coordinator that runs already", async () => {
  const secret = await mountedSecret(theirs, "coordinator");
  const lines = new LogLines();
  const { agency } = await connectionsWith(secret.files, lines);
  expect(await rejectionOf(agency.readPlan(forever))).toMatchObject({ reason: "unreachable" });
  await secret.put(ours);
  await lines.says("read new certificates for etcd");
  expect((await agency.readPlan(forever)).entries).toEqual([]);
});
