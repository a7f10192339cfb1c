// What the demo found: one JSON object for programs, a picture and a few figures for a person.
import { formatCount, formatMs } from "../format.ts";
import { backupJson, type DetailedBackupJson } from "../json.ts";
import type { Look } from "../output.ts";
import type { BackupUnderLoad } from "./backup-under-load.ts";
import type { Cluster } from "./cluster.ts";
import type { Proof } from "./proof.ts";
import { timelineText } from "./timeline.ts";

export interface Findings {
  cluster: Cluster;
  made: BackupUnderLoad;
  /** The backup as the coordinator shows it afterwards, with the holds. */
  detailed: DetailedBackupJson;
  proof: Proof;
}

/** The shape is a promise: fields are added, never changed. */
export function resultJson({ cluster, made: { backup, load }, proof }: Findings) {
  return {
    consistent: proof.problems.length === 0,
    problems: proof.problems,
    backup: backupJson(backup),
    servers: cluster.servers,
    coordinator: cluster.coordinator,
    transfersChecked: proof.transfers,
    transfersAcknowledged: load.transfers,
    transfersPerSecond: load.transfersPerSecond,
    medianClientWriteMs: load.p50Ms,
    longestClientWriteMs: load.longestMs,
    lastToken: proof.lastToken,
  };
}

export function resultText({ made: { backup, load }, detailed, proof }: Findings, look: Look): string {
  const rounds = formatCount(backup.rounds.length, "round");
  const rate = Math.round(load.transfersPerSecond).toLocaleString("en-US");
  const figures = [
    ["dead time", `${formatMs(backup.deadTimeMs)}, the stalls of all servers together, in ${rounds}`],
    ["longest write", `${formatMs(load.longestMs)}, as a client saw it; the median is ${formatMs(load.p50Ms)}`],
    ["throughput", `${rate} transfers a second, the backup included`],
  ];
  return [
    "",
    ...timelineText(detailed, look),
    "",
    ...figures.map(([name = "", value = ""]) => `${name.padEnd(15)}${value}`),
    "",
    ...verdict(proof, look),
  ].join("\n");
}

/** The last line says whether it is consistent. */
function verdict({ problems, transfers, total }: Proof, { paint }: Look): string[] {
  const [worst, ...more] = problems;
  if (worst !== undefined) return [...more, `${paint("red", "NOT consistent:")} ${worst}`];
  const sum = total.toLocaleString("en-US");
  return [
    `${paint("green", "consistent:")} all ${formatCount(transfers, "transfer")} are whole, and the sum is ${sum} as before`,
  ];
}
