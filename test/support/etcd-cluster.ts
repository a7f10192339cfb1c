// A real etcd of three members. Whatever happened to them, `mend` brings all of them back and waits until they agree.
import { Etcd } from "./etcd.ts";
import { eventually } from "./eventually.ts";

/** Quick enough for a lease of two seconds, and slow enough for a busy machine. */
const flags = ["--heartbeat-interval", "50", "--election-timeout", "500"];
const agreeWithinMs = 20_000;

export class EtcdCluster implements AsyncDisposable {
  readonly members: readonly Etcd[];

  static async start(): Promise<EtcdCluster> {
    for (let triesLeft = 2; ; triesLeft--) {
      const cluster = new EtcdCluster(await Etcd.members(["a", "b", "c"], { flags }));
      try {
        await cluster.mend();
        return cluster;
      } catch (error) {
        await cluster.close();
        if (triesLeft === 0) throw error; // else another program was quicker to take a free port
      }
    }
  }

  private constructor(members: Etcd[]) {
    this.members = members;
  }

  get endpoints(): string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  async leader(): Promise<Etcd> {
    const find = async () => {
      const leads = await Promise.all(this.members.map(({ endpoint }) => isLeader(endpoint)));
      return this.members[leads.indexOf(true)];
    };
    return await eventually(find, agreeWithinMs, "etcd has no leader");
  }

  /** The leader and one more. */
  async majority(): Promise<Etcd[]> {
    const leader = await this.leader();
    return [leader, ...this.members.filter((member) => member !== leader).slice(0, 1)];
  }

  /** Goes on with those that were paused, and starts those that were killed. */
  async mend(): Promise<void> {
    for (const member of this.members) member.resume();
    await Promise.all(this.members.filter(({ isRunning }) => !isRunning).map((member) => member.restart()));
    const allAgree = async () => (await Promise.all(this.endpoints.map(isHealthy))).every(Boolean);
    await eventually(allAgree, agreeWithinMs, "the members of etcd do not agree");
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Whether this member can answer what all must agree on. */
async function isHealthy(endpoint: string): Promise<boolean> {
  const answer = await ask(`http://${endpoint}/health`);
  return (answer as { health?: string } | undefined)?.health === "true";
}

async function isLeader(endpoint: string): Promise<boolean> {
  const answer = await ask(`http://${endpoint}/v3/maintenance/status`, { method: "POST", body: "{}" });
  const { header, leader } = (answer ?? {}) as { header?: { member_id: string }; leader?: string };
  return leader !== undefined && leader === header?.member_id;
}

/** Undefined when it does not answer soon. */
async function ask(url: string, request: RequestInit = {}): Promise<unknown> {
  try {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(1000) });
    return await answer.json();
  } catch {
    return undefined;
  }
}
