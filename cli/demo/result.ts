// What the demo found: one JSON object for programs, a picture and a few figures for a person.
import { formatCount, formatMs } from "../format.ts";
import { backupJson, type DetailedBackupJson } from "../json.ts";
import type { Look } from "../output.ts";
import type { BackupUnderLoad } from "./backup-under-load.ts";
import type { Cluster } from "./cluster.ts";
import type { DemoEngine } from "./engines/demo-engine.ts";
import type { Proof } from "./proof.ts";
import { timelineText } from "./timeline.ts";

export interface Findings {
  engine: DemoEngine;
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
    transfersChecked: proof.check.transfers,
    transfersAcknowledged: load.transfers,
    transfersPerSecond: load.transfersPerSecond,
    medianClientWriteMs: load.p50Ms,
    longestClientWriteMs: load.longestMs,
    lastToken: proof.lastToken,
  };
}

export function resultText(findings: Findings, look: Look): string {
  const { detailed, made } = findings;
  const { backup, load } = made;
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
    ...verdict(findings, look),
  ].join("\n");
}

/** The last line says whether it is consistent. */
function verdict({ engine, proof: { problems, check } }: Findings, { paint }: Look): string[] {
  const [worst, ...more] = problems;
  if (worst !== undefined) return [...more, `${paint("red", "NOT consistent:")} ${worst}`];
  return [`${paint("green", "consistent:")} ${engine.proved(check)}`];
}
