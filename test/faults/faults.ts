// The faults: what happens to whom while a backup stands still at a step, and how the backup may end then.
import type { Cut } from "../support/link.ts";
import type { FaultCluster, TestedServer } from "./fault-cluster.ts";

export interface Fault {
  row: string;
  /** Does it; returns what mends it. */
  strike: (cluster: FaultCluster) => Mend | Promise<Mend>;
  /** How the run may end: "complete", or the reason of its error. */
  mayEnd: readonly string[];
  /** Whether it is the coordinator of the run itself that is hit, and does not go on. */
  hitsCoordinator?: true;
  /** Whether the other coordinator's backup comes before it is mended. */
  nextMeanwhile?: true;
  /** The server that is hit itself: its writes stand still for that, not for the backup. */
  hitsServer?: string;
}

export type Mend = () => void | Promise<void>;

const delayMs = 30;

export const coordinatorFaults: Fault[] = [
  {
    row: "coordinator killed",
    hitsCoordinator: true,
    strike: async ({ victim }) => {
      await victim.kill();
      return () => victim.start();
    },
    mayEnd: ["unreachable"],
  },
  {
    row: "coordinator paused, another one works meanwhile",
    hitsCoordinator: true,
    nextMeanwhile: true,
    strike:
      ({ victim }) =>
      () =>
        victim.goOn(),
    mayEnd: ["complete", "claim-lost", "hold-lost", "stale-round"],
  },
];

export const agentFaults: Fault[] = [
  {
    row: "agent killed",
    strike: async (cluster) => {
      await cluster.processes.kill("agent-db1");
      return () => cluster.startAgent(first(cluster));
    },
    mayEnd: ["complete", "unreachable"],
  },
  {
    row: "agent paused",
    strike: ({ processes }) => paused(processes, "agent-db1"),
    mayEnd: ["complete", "unreachable", "hold-lost"],
  },
];

export const serverFaults: Fault[] = [
  {
    row: "database server killed",
    hitsServer: "db1",
    strike: async (cluster) => {
      await cluster.processes.kill("server-db1");
      return () => cluster.startServer(first(cluster));
    },
    mayEnd: ["complete", "unreachable", "hold-lost"],
  },
  {
    row: "database server paused",
    hitsServer: "db1",
    strike: ({ processes }) => paused(processes, "server-db1"),
    mayEnd: ["complete", "unreachable", "hold-lost"],
  },
];

export const etcdFaults: Fault[] = [
  {
    row: "etcd leader killed",
    strike: async ({ etcd }) => {
      await (await etcd.leader()).kill();
      return () => etcd.mend();
    },
    mayEnd: ["complete", "claim-lost", "unreachable"],
  },
  {
    row: "etcd leader paused",
    strike: async ({ etcd }) => {
      (await etcd.leader()).pause();
      return () => etcd.mend();
    },
    mayEnd: ["complete", "claim-lost", "unreachable"],
  },
  {
    row: "etcd majority killed",
    strike: async ({ etcd }) => {
      await Promise.all((await etcd.majority()).map((member) => member.kill()));
      return () => etcd.mend();
    },
    mayEnd: ["complete", "claim-lost", "unreachable"],
  },
  {
    row: "etcd majority paused",
    strike: async ({ etcd }) => {
      for (const member of await etcd.majority()) member.pause();
      return () => etcd.mend();
    },
    mayEnd: ["complete", "claim-lost", "unreachable"],
  },
];

export const agentLinkFaults: Fault[] = [
  ...cuts("coordinator–agent", (cluster) => [first(cluster).toAgent]).map((fault) => ({
    ...fault,
    mayEnd: ["complete", "unreachable", "hold-lost"],
  })),
  slow("coordinator–agent", (cluster) => cluster.servers.map(({ toAgent }) => toAgent)),
];

export const etcdLinkFaults: Fault[] = [
  ...cuts("coordinator–etcd", ({ toEtcd }) => toEtcd).map((fault) => ({
    ...fault,
    nextMeanwhile: true as const,
    mayEnd: ["complete", "claim-lost", "unreachable"],
  })),
  { ...slow("coordinator–etcd", ({ toEtcd }) => toEtcd), mayEnd: ["complete", "claim-lost"] }, // the lease is short here
];

export const engineLinkFaults: Fault[] = [
  ...cuts("agent–server", (cluster) => [first(cluster).toEngine]).map((fault) => ({
    ...fault,
    mayEnd: ["complete", "unreachable", "hold-lost"],
  })),
  slow("agent–server", (cluster) => cluster.servers.map(({ toEngine }) => toEngine)),
];

/** All of them, in the order of the page. */
export const allFaults = [
  ...[coordinatorFaults, agentFaults, serverFaults, etcdFaults],
  ...[agentLinkFaults, etcdLinkFaults, engineLinkFaults],
].flat();

type Links = (cluster: FaultCluster) => { cut: (which: Cut) => void; delay: (ms: number) => void; heal: () => void }[];

function cuts(between: string, links: Links): Omit<Fault, "mayEnd">[] {
  return (["both ways", "requests", "answers"] as const).map((which) => ({
    row: `${between} cut, ${which === "both ways" ? which : `${which} only`}`,
    strike: (cluster) => {
      for (const link of links(cluster)) link.cut(which);
      return () => healed(links(cluster));
    },
  }));
}

function slow(between: string, links: Links): Fault {
  return {
    row: `${between} slow, ${delayMs} ms each way`,
    strike: (cluster) => {
      for (const link of links(cluster)) link.delay(delayMs);
      return () => healed(links(cluster));
    },
    mayEnd: ["complete"],
  };
}

function healed(links: { heal: () => void }[]): void {
  for (const link of links) link.heal();
}

function paused(processes: FaultCluster["processes"], name: string): Mend {
  processes.signal(name, "SIGSTOP");
  return () => processes.signal(name, "SIGCONT");
}

function first({ servers }: FaultCluster): TestedServer {
  return servers[0] as TestedServer;
}
