// The agency in a real etcd passes the contract, and keeps its promises while etcd and the network do not keep theirs.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Etcd3 } from "etcd3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Agency } from "../../coordinator/agency/agency.ts";
import { type EtcdConfig, openAgency } from "../../coordinator/agency/open-agency.ts";
import { Secret } from "../../runtime/secret.ts";
import { Etcd } from "../support/etcd.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { type AgencyWorld, abortOf, agencyContract, claimTtlMs, claimWithin, lossWithinMs } from "./agency.ts";

const forever = new AbortController().signal;
const request = { holder: "coordinator-a", backupId: "b", purpose: "create" } as const;
const claimKey = "/stillpoint/Target/HotBackup/Create";
const answerWithinMs = 3500;

agencyContract("etcd", async (): Promise<AgencyWorld> => {
  const etcd = await Etcd.start();
  const client = new Etcd3({ hosts: etcd.endpoint });
  return {
    newAgency: async () => {
      await client.delete().all();
      return { kind: "etcd", endpoints: [etcd.endpoint] };
    },
    removeKey: async (_, key) => void (await client.delete().key(key)),
    close: async () => {
      client.close();
      await etcd.close();
    },
  };
});

function login(username: string, password: string) {
  return { username: new Secret(username), password: new Secret(password) };
}

describe("the agency in etcd", () => {
  let etcd: Etcd;
  let direct: Etcd3;
  let opened: Agency[];

  beforeAll(async () => {
    etcd = await Etcd.start();
    direct = new Etcd3({ hosts: etcd.endpoint });
  });
  afterAll(async () => {
    direct.close();
    await etcd.close();
  });
  beforeEach(async () => {
    opened = [];
    await direct.delete().all();
  });
  afterEach(async () => {
    await Promise.all(opened.map((agency) => agency.close()));
  });

  async function open(config: Partial<EtcdConfig> = {}): Promise<Agency> {
    const agency = await openAgency({ kind: "etcd", endpoints: [etcd.endpoint], claimTtlMs, ...config });
    opened.push(agency);
    return agency;
  }

  describe("that cannot be reached", () => {
    it.each(["is down", "is paused", "is a black hole"] as const)(
      "because it %s ends every call in time, by name",
      async (fault) => {
        await using broken = await brokenEtcd(fault);
        const agency = await open({ endpoints: [broken.endpoint] });
        const plan = { revision: 1, entries: [] };
        const calls = [
          agency.claim(request, forever),
          agency.currentClaim(forever),
          agency.readPlan(forever),
          agency.isCurrent(plan, forever),
          agency.changePlan(plan, { put: [], remove: ["a"] }, forever),
          agency.listRecords(forever),
        ];
        const before = performance.now();
        const expected = { reason: "unreachable", message: expect.stringContaining(`"${broken.endpoint}"`) };
        await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(expected)));
        expect(performance.now() - before).toBeLessThan(answerWithinMs);
      },
    );

    it("lets a call give up when it is cancelled", async () => {
      await using broken = await brokenEtcd("is down");
      const agency = await open({ endpoints: [broken.endpoint] });
      const before = performance.now();
      await expect(agency.claim(request, AbortSignal.timeout(200))).rejects.toMatchObject({ reason: "cancelled" });
      expect(performance.now() - before).toBeLessThan(1000);
    });

    it("is asked at its other endpoints by all calls that go on at once", async () => {
      await using broken = await brokenEtcd("is a black hole");
      const agency = await open({ endpoints: [broken.endpoint, etcd.endpoint] });
      const plans = await Promise.all(Array.from({ length: 6 }, () => agency.readPlan(forever)));
      expect(plans).toHaveLength(6);
    });

    it("is asked at its other endpoints, the one that answered first", async () => {
      await using broken = await brokenEtcd("is a black hole");
      const agency = await open({ endpoints: [broken.endpoint, broken.endpoint, etcd.endpoint] });
      expect((await agency.readPlan(forever)).entries).toEqual([]);
      const before = performance.now();
      await agency.readPlan(forever);
      expect(performance.now() - before).toBeLessThan(500);
    });
  });

  describe("that is paused", () => {
    it("takes the claim with it: its loss is signalled within the lease's time, and no write waits longer", async () => {
      await using paused = await Etcd.start();
      const agency = await open({ endpoints: [paused.endpoint] });
      const claim = await agency.claim(request, forever);
      paused.pause();
      await abortOf(claim.signal, lossWithinMs);
      expect(claim.signal.reason).toMatchObject({ reason: "claim-lost" });
      await expect(claim.record("b", "{}")).rejects.toMatchObject({ reason: "claim-lost" });
      await expect(claim.release()).rejects.toMatchObject({ reason: "claim-lost" });
      paused.resume();
      const successor = await claimWithin(agency, 5 * claimTtlMs);
      expect(successor.token).toBeGreaterThan(claim.token);
      expect(await agency.listRecords(forever)).toEqual(new Map());
    });
  });

  describe("that is restarted", () => {
    it("keeps a claim whose lease is long enough", async () => {
      await using restarted = await Etcd.start();
      const agency = await open({ endpoints: [restarted.endpoint], claimTtlMs: 4000 });
      const claim = await agency.claim(request, forever);
      await restarted.kill();
      await restarted.restart();
      await claim.record("b", "{}");
      expect((await agency.currentClaim(forever))?.token).toBe(claim.token);
      expect(claim.signal.aborted).toBe(false);
    });
  });

  describe("whose answer is lost", () => {
    it("gives the claim to who made it, when he can ask again", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      const cut = loseAnswerTo(proxy, '"holder"', () => direct.get(claimKey).exists()).then(() =>
        direct.get(claimKey).exec(),
      );
      const claim = await agency.claim(request, forever);
      expect(claim.token).toBe(Number((await cut).kvs[0]?.create_revision));
      expect((await agency.currentClaim(forever))?.token).toBe(claim.token);
      await claim.record("b", "{}");
      await claim.release();
      expect(await agency.currentClaim(forever)).toBeUndefined();
    });

    it("leaves no claim for longer than a lease, when he cannot", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const unlucky = await open({ endpoints: [proxy.endpoint] });
      const other = await open();
      const cut = loseAnswerTo(proxy, '"holder"', () => direct.get(claimKey).exists());
      const failed = expect(unlucky.claim(request, forever)).rejects.toMatchObject({ reason: "unreachable" });
      await cut;
      await proxy.close();
      const committedAt = performance.now();
      await claimWithin(other, 2 * claimTtlMs + 500);
      expect(performance.now() - committedAt).toBeGreaterThan(claimTtlMs / 2);
      await failed;
    });

    it("says truly whether a change of the Plan was made", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      const plan = await agency.readPlan(forever);
      const planKey = "/stillpoint/Plan/a";
      const cut = loseAnswerTo(proxy, "the new value", () => direct.get(planKey).exists());
      const put = [{ key: "a", value: Buffer.from("the new value") }];
      const revision = await agency.changePlan(plan, { put, remove: [] }, forever);
      await cut;
      expect(await agency.readPlan(forever)).toEqual({
        revision,
        entries: [{ key: "a", value: Buffer.from("the new value"), modRevision: revision }],
      });
    });

    it("does not take a change for its own that somebody else made in between", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      const plan = await agency.readPlan(forever);
      const cut = loseAnswerTo(proxy, "ours", async () => {
        if (!(await direct.get("/stillpoint/Plan/a").exists())) return false;
        await direct.put("/stillpoint/Plan/a").value("theirs");
        return true;
      });
      const put = [{ key: "a", value: Buffer.from("ours") }];
      const change = agency.changePlan(plan, { put, remove: [] }, forever);
      await expect(change).rejects.toMatchObject({ reason: "plan-changed" });
      await cut;
      expect(await direct.get("/stillpoint/Plan/a")).toBe("theirs");
    });

    it("does not undo a release", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint], claimTtlMs: 60_000 });
      const claim = await agency.claim(request, forever);
      const cut = loseAnswerTo(proxy, claimKey, async () => !(await direct.get(claimKey).exists()));
      await claim.release();
      await cut;
      expect(await agency.currentClaim(forever)).toBeUndefined();
    });
  });

  describe("whose Plan is changed by another client in the last moment", () => {
    it.each([
      ["writes a new key", () => direct.put("/stillpoint/Plan/new").value("1")],
      ["writes a key that we leave alone", () => direct.put("/stillpoint/Plan/a").value("1")],
      ["removes a key that we leave alone", () => direct.delete().key("/stillpoint/Plan/a")],
      ["removes the key that we write", () => direct.delete().key("/stillpoint/Plan/b")],
    ])("who %s refuses our change", async (_, change) => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      await direct.put("/stillpoint/Plan/a").value("1");
      await direct.put("/stillpoint/Plan/b").value("1");
      const plan = await agency.readPlan(forever);
      proxy.onRequest = async (chunk) => {
        if (chunk.includes("our value")) await change();
      };
      const put = [{ key: "b", value: Buffer.from("our value") }];
      await expect(agency.changePlan(plan, { put, remove: [] }, forever)).rejects.toMatchObject({
        reason: "plan-changed",
        message: expect.stringContaining("nothing was written"),
      });
      expect(await direct.get("/stillpoint/Plan/b")).not.toBe("our value");
    });
  });

  describe("whose Plan is large", () => {
    it("is read again from the start when its revision is compacted away between two pages", async () => {
      await putKeys(1500);
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      let pages = 0;
      proxy.onRequest = async (chunk) => {
        if (!chunk.includes("/stillpoint/Plan/")) return;
        pages += 1;
        if (pages === 2) await compactNow();
      };
      const { entries } = await agency.readPlan(forever);
      expect(entries).toHaveLength(1501);
      expect(pages).toBe(4);
    });

    it("is given up when it is compacted away again and again", async () => {
      await putKeys(1500);
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      proxy.onRequest = async (chunk) => {
        if (chunk.includes("/stillpoint/Plan/")) await compactNow();
      };
      await expect(agency.readPlan(forever)).rejects.toMatchObject({
        reason: "unreachable",
        message: expect.stringContaining("compacted"),
      });
    });

    it("keeps what was written of a change in several parts when another client writes in between, and says so", async () => {
      await using proxy = await TcpProxy.start(etcd.endpoint);
      const agency = await open({ endpoints: [proxy.endpoint] });
      const put = Array.from({ length: 250 }, (_, index) => ({
        key: `k/${String(index).padStart(3, "0")}`,
        value: Buffer.from("1"),
      }));
      const plan = await agency.readPlan(forever);
      proxy.onRequest = async (chunk) => {
        if (chunk.includes("k/150")) await direct.put("/stillpoint/Plan/other").value("1");
      };
      await expect(agency.changePlan(plan, { put, remove: [] }, forever)).rejects.toMatchObject({
        reason: "plan-changed",
        message: expect.stringContaining("part 1 of 3"),
      });
      expect((await agency.readPlan(forever)).entries).toHaveLength(101);
    });

    it("refuses a value that etcd does not take, by saying how much it takes", async () => {
      const agency = await open();
      const put = [{ key: "a", value: Buffer.alloc(1.7 * 1024 * 1024) }];
      const change = agency.changePlan(await agency.readPlan(forever), { put, remove: [] }, forever);
      await expect(change).rejects.toMatchObject({ reason: "invalid", hint: expect.stringContaining("1.5 MiB") });
    });

    async function putKeys(count: number): Promise<void> {
      const agency = await open();
      const put = Array.from({ length: count }, (_, index) => ({ key: `k/${index}`, value: Buffer.from("1") }));
      await agency.changePlan(await agency.readPlan(forever), { put, remove: [] }, forever);
    }

    async function compactNow(): Promise<void> {
      const { header } = await direct.put("/stillpoint/Plan/z").value("1");
      await direct.kv.compact({ revision: header.revision });
    }
  });

  describe("that knows its users", () => {
    it("lets in who has the password, and tells the others what to check", async () => {
      await using guarded = await Etcd.start();
      await requirePassword(guarded.endpoint);
      const endpoints = [guarded.endpoint];
      const agency = await open({ endpoints, ...login("root", "secret") });
      const claim = await agency.claim(request, forever);
      await claim.record("b", "{}");
      await claim.release();
      const strangers = [{}, login("root", "wrong"), login("nobody", "x")];
      for (const stranger of strangers) {
        const refused = (await open({ endpoints, ...stranger })).readPlan(forever);
        await expect(refused).rejects.toMatchObject({ reason: "invalid", hint: expect.stringContaining("password") });
      }
    });

    it("still keeps a claim after it has forgotten all tokens", async () => {
      await using guarded = await Etcd.start();
      await requirePassword(guarded.endpoint);
      const agency = await open({
        endpoints: [guarded.endpoint],
        claimTtlMs: 2000,
        ...login("root", "secret"),
      });
      const claim = await agency.claim(request, forever);
      await guarded.kill();
      await guarded.restart();
      await pause(2500);
      expect(claim.signal.aborted).toBe(false);
      await claim.record("b", "{}");
    });
  });

  describe("over TLS", () => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "tls-"));
      makeCertificates(directory);
    });
    afterAll(() => rm(directory, { recursive: true }));

    it("asks for our certificate, and we for its", async () => {
      const file = (name: string) => join(directory, name);
      const flags = ["--cert-file", file("server.crt"), "--key-file", file("server.key")];
      flags.push("--client-cert-auth", "--trusted-ca-file", file("ca.crt"));
      await using secured = await Etcd.start({ scheme: "https", flags });
      const endpoints = [secured.endpoint.replace("127.0.0.1", "localhost")];
      const read = (name: string) => readFile(file(name));
      const tls = { ca: await read("ca.crt"), cert: await read("server.crt"), key: await read("server.key") };
      expect((await (await open({ endpoints, tls: { current: tls } })).readPlan(forever)).entries).toEqual([]);
      const wrong = [{ ca: tls.ca }, { ...tls, ca: await read("other-ca.crt") }];
      const refusals = [...wrong.map((current) => ({ tls: { current } })), {}].map(async (config) => {
        const stranger = await open({ endpoints, ...config });
        await expect(stranger.readPlan(forever)).rejects.toMatchObject({ reason: "unreachable" });
      });
      await Promise.all(refusals);
    });
  });
});

/** Something at an endpoint that never answers a call. */
async function brokenEtcd(fault: "is down" | "is paused" | "is a black hole"): Promise<Etcd | TcpProxy> {
  if (fault === "is a black hole") return await TcpProxy.start();
  const etcd = await Etcd.start();
  if (fault === "is down") await etcd.stop();
  else etcd.pause();
  return etcd;
}

/**
 * Lets the next request that contains the text through, holds back what is answered until etcd has done what was asked
 * for, and then cuts the connection.
 */
async function loseAnswerTo(proxy: TcpProxy, text: string, isDone: () => Promise<boolean>): Promise<void> {
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  proxy.onRequest = (chunk) => {
    if (!chunk.includes(text)) return;
    proxy.onRequest = () => {};
    proxy.muted = true;
    resolve();
  };
  await requested;
  for (let triesLeft = 200; !(await isDone()); triesLeft--) {
    if (triesLeft === 0) throw new Error(`etcd did not do what "${text}" asks for`);
    await pause(5);
  }
  proxy.cut();
  proxy.muted = false;
}

async function requirePassword(endpoint: string): Promise<void> {
  const client = new Etcd3({ hosts: endpoint });
  await client.role("root").create();
  const root = await client.user("root").create("secret");
  await root.addRole("root");
  await client.auth.authEnable();
  client.close();
}

/** A CA with a certificate for both sides, and another CA. */
function makeCertificates(directory: string): void {
  const make = (name: string, subject: string, ...further: string[]) => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${name}.key`];
    const certificate = ["-x509", "-days", "2", "-subj", subject, "-out", `${name}.crt`];
    execFileSync("openssl", ["req", ...key, ...certificate, ...further], { cwd: directory, stdio: "ignore" });
  };
  make("ca", "/CN=ca");
  make("other-ca", "/CN=other-ca");
  const purposes = ["-addext", "extendedKeyUsage=serverAuth,clientAuth"];
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  make("server", "/CN=localhost", "-CA", "ca.crt", "-CAkey", "ca.key", ...purposes, ...names);
}
