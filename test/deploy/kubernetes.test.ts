// The manifests in deploy/kubernetes: by Kubernetes' own schemas, offline, and that all that they name is there. They are read
// as kubectl reads them (YAML 1.1).
import { execFile } from "node:child_process";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { agentConfig } from "../../agent/config.ts";
import { initCertificates } from "../../cli/certs/init.ts";
import { parsePlanFile } from "../../cli/plan-file.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { loadConfig } from "../../runtime/load-config.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const directory = join(project, "deploy/kubernetes");

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: a manifest's own schema says what is in it
  spec?: any;
}

interface Generator {
  name: string;
  files?: string[];
  literals?: string[];
}

interface Kustomization {
  resources: string[];
  images: { name: string }[];
  configMapGenerator: Generator[];
  secretGenerator: Generator[];
}

const text = (name: string) => readFile(join(directory, name), "utf8");
const kustomization = parse(await text("kustomization.yaml"), { version: "1.1" }) as Kustomization;
const manifests = (await Promise.all(kustomization.resources.map(manifestsIn))).flat();
const pods = manifests.flatMap(({ kind, spec }) =>
  spec?.template === undefined ? [] : [{ kind, ...spec.template.spec, claims: spec.volumeClaimTemplates ?? [] }],
);
const containers = pods.flatMap((pod) => pod.containers);

async function manifestsIn(name: string): Promise<Manifest[]> {
  return parseAllDocuments(await text(name), { version: "1.1" }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

/** The keys that a generated configuration or secret has: file names, or what is before "=". */
function keysOf(generators: Generator[], name: string): string[] {
  const found = generators.find((generator) => generator.name === name);
  const files = (found?.files ?? []).map((file) => file.split("/").at(-1) as string);
  return [...files, ...(found?.literals ?? []).map((literal) => literal.split("=", 1)[0] as string)];
}

describe("each manifest", () => {
  const cases = manifests.map((manifest) => ({ name: `${manifest.kind} ${manifest.metadata.name}`, manifest }));

  it.each(cases)("$name is valid by its schema", async ({ manifest }) => {
    const module = `kubernetes-models/${manifest.apiVersion}`;
    const models = await import(module);
    new models[manifest.kind](manifest).validate();
  });

  it("would not be with a probe of no port", async () => {
    const { Pod } = await import("kubernetes-models/v1");
    const container = { name: "a", livenessProbe: { grpc: {} } };
    const pod = { metadata: { name: "a" }, spec: { containers: [container] } };
    // @ts-expect-error: this is what is wrong with it
    expect(() => new Pod(pod).validate()).toThrow("must have required property port");
  });
});

describe("the manifests", () => {
  it("have no field that Kubernetes does not know", async () => {
    expect(await typeErrors(manifests)).toBe("");
    const [first] = manifests.filter(({ kind }) => kind === "Deployment");
    const wrong = { ...first, spec: { ...first?.spec, replica: 2 } } as Manifest;
    expect(await typeErrors([wrong])).toContain("replica");
  });

  it("are all in the kustomization, and all that it names is there once certs init has run", async () => {
    const files = (await readdir(directory)).filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml");
    expect([...kustomization.resources].sort()).toEqual(files.sort());
    const certificates = join(await temporaryDirectory(), "certs");
    await initCertificates(certificates, []);
    const named = [...kustomization.configMapGenerator, ...kustomization.secretGenerator].flatMap(
      ({ files = [] }) => files,
    );
    for (const file of named) {
      await readFile(file.startsWith("certs/") ? join(certificates, "..", file) : join(directory, file));
    }
  });

  it("name configurations and secrets, and keys in them, that the kustomization makes", () => {
    for (const { volumes } of pods) {
      for (const { configMap, secret } of volumes) {
        if (configMap !== undefined) expect(keysOf(kustomization.configMapGenerator, configMap.name)).not.toEqual([]);
        if (secret !== undefined) expect(keysOf(kustomization.secretGenerator, secret.secretName)).toContain("tls.key");
      }
    }
    const variables = containers.flatMap(({ env = [] }): Variable[] => env);
    const secrets = variables.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
    expect(secrets).toHaveLength(2);
    for (const { name, key } of secrets) expect(keysOf(kustomization.secretGenerator, name)).toContain(key);
  });

  it("mount what is there, and only that", () => {
    for (const pod of pods) {
      const names = [...pod.volumes, ...pod.claims.map(({ metadata }: Manifest) => metadata)].map(({ name }) => name);
      const mounted = pod.containers.flatMap(({ volumeMounts }: { volumeMounts: { name: string }[] }) => volumeMounts);
      expect([...new Set(mounted.map(({ name }: { name: string }) => name))].sort()).toEqual([...names].sort());
    }
  });

  it("ask for health where the service answers, by gRPC, and end no agent because its server is away", () => {
    const ours = containers.filter(({ image, ports }) => image === "stillpoint" && ports !== undefined);
    expect(ours.map(({ name }) => name)).toEqual(["agent", "coordinator"]);
    for (const { env, livenessProbe, readinessProbe } of ours) {
      const { value } = env.find(({ name }: { name: string }) => name === "STILLPOINT_HEALTH_LISTEN");
      expect(value).toBe(`0.0.0.0:${livenessProbe.grpc.port}`);
      expect(livenessProbe.grpc.service).toBe("live");
      if (readinessProbe !== undefined) expect(readinessProbe.grpc).toEqual({ port: livenessProbe.grpc.port });
    }
  });

  it("run nothing as root, with no right that it was not given", () => {
    for (const pod of pods) expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 999 });
    for (const { securityContext } of containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("have a Plan that names the agent of each pod", async () => {
    const { spec } = manifests.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "redis") ?? {};
    const entries = parsePlanFile(await text("config/plan.yaml"), "plan.yaml");
    const wanted = Array.from({ length: spec.replicas }, (_, index) => `redis-${index}`).map((pod) => ({
      key: expect.stringContaining(`DBServers/${pod}`),
      value: JSON.stringify({ agent: `${pod}.${spec.serviceName}:7421` }),
    }));
    expect(entries).toEqual(wanted);
  });

  it("have configurations that the services take", async () => {
    await loadConfig(coordinatorConfig, { file: join(directory, "config/coordinator.yaml"), variables: {} });
    const variables = Object.fromEntries(
      containers
        .find(({ name }) => name === "agent")
        .env.map(({ name, value }: Variable) => [name, value ?? "redis-0"]),
    );
    const agent = await loadConfig(agentConfig, { file: join(directory, "config/agent.yaml"), variables });
    expect(agent).toMatchObject({ server: "redis-0", engine: { kind: "redis" }, healthListen: "0.0.0.0:7422" });
  });
});

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string } };
}

/** What the compiler has against these objects as literals of their types: misspelt fields too, which the schemas let pass. */
async function typeErrors(objects: Manifest[]): Promise<string> {
  const scratch = await temporaryDirectory();
  await symlink(join(project, "node_modules"), join(scratch, "node_modules"));
  const lines = objects.map(({ apiVersion, kind, ...rest }, index) => {
    const type = `import("kubernetes-models/${apiVersion}").I${kind}`;
    return `export const m${index}: ${type} = ${JSON.stringify({ apiVersion, kind, ...rest })};`;
  });
  const file = join(scratch, "manifests.mts");
  await writeFile(file, lines.join("\n"));
  const compiler = join(project, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--ignoreConfig", file];
  return await promisify(execFile)(process.execPath, [compiler, ...options]).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}
