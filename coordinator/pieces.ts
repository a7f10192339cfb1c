// The pieces of a backup in the making, on all servers, and the job that tells of them. Unless it is decided that they are a
// backup, they are removed everywhere, and then the job.
import { messageOf } from "../proto/errors.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import { toTimestamp } from "../proto/time.ts";
import type { Claim } from "./agency/agency.ts";
import { askAll, mustAll, together } from "./fan-out.ts";
import { jobOf, jobToJson } from "./job.ts";
import type { AgentPort, Ports } from "./ports.ts";
import { type BackupRecord, recordToJson } from "./record.ts";
import { type BackupRun, lastRound } from "./run.ts";
import { finishedLater, settled } from "./settled.ts";

export interface SealedFacts {
  /** Of the cut that is sealed. */
  round: number;
  serverIds: string[];
  planRevision: number;
  potentiallyInconsistent: boolean;
}

export interface PiecesInTheMaking extends AsyncDisposable {
  /** `round`: of the cut that the dump belongs to. */
  storeDump(round: number, dump: Buffer, signal: AbortSignal): Promise<void>;
  seal(facts: SealedFacts, signal: AbortSignal): Promise<Piece[]>;
  /** All are sealed: from here on they are a backup, whatever becomes of this run. Disposing does nothing any more. */
  decide(record: BackupRecord, signal: AbortSignal): Promise<void>;
  /** Takes no signal, like all that comes after the decision. */
  commit(): Promise<void>;
  /** The record takes the job's place. */
  record(record: BackupRecord): Promise<void>;
}

/** Writes the job, makes the staging directories and links all that can be linked without a lock. */
export async function preparePieces(
  agents: AgentPort[],
  run: BackupRun,
  claim: Claim,
  ports: Ports,
  signal: AbortSignal,
): Promise<PiecesInTheMaking> {
  const pieces = new Pieces(agents, run, claim, ports);
  await pieces.journal();
  try {
    const prepared = await mustAll(
      agents,
      together(signal, (agent, either) => agent.prepare(run, either)),
    );
    for (const { agent, value } of prepared) {
      ports.report({ step: "prepared", serverId: agent.serverId, linkedFiles: value.linkedFiles });
    }
  } catch (error) {
    await pieces[Symbol.asyncDispose]();
    throw error;
  }
  return pieces;
}

class Pieces implements PiecesInTheMaking {
  readonly #agents: AgentPort[];
  readonly #run: BackupRun;
  readonly #claim: Claim;
  readonly #ports: Ports;
  #decided = false;

  constructor(agents: AgentPort[], run: BackupRun, claim: Claim, ports: Ports) {
    this.#agents = agents;
    this.#run = run;
    this.#claim = claim;
    this.#ports = ports;
  }

  async journal(): Promise<void> {
    await this.#claim.journal(this.#run.backupId, jobToJson({ ...this.#job, phase: "making" }));
  }

  async storeDump(round: number, dump: Buffer, signal: AbortSignal): Promise<void> {
    await mustAll(this.#agents, (agent) => agent.storeDump(this.#run, round, dump, signal));
    this.#ports.report({ step: "dump-stored", bytes: dump.length });
  }

  async seal(facts: SealedFacts, signal: AbortSignal): Promise<Piece[]> {
    const { label, createdAt } = this.#run;
    const { round, serverIds, planRevision, potentiallyInconsistent } = facts;
    const known = { label, createdAt: toTimestamp(createdAt), serverIds };
    const request = { ...known, round, planRevision, potentiallyInconsistent };
    const seal = async (agent: AgentPort, either: AbortSignal) => {
      const { serverId } = agent;
      const onProgress = (doneBytes: number, totalBytes: number) =>
        this.#ports.report({ step: "sealing", serverId, doneBytes, totalBytes });
      const piece = await agent.seal(this.#run, request, onProgress, either);
      this.#ports.report({ step: "sealed", serverId, files: piece.files, bytes: piece.bytes });
      return piece;
    };
    const sealed = await mustAll(this.#agents, together(signal, seal));
    return sealed.map(({ value }) => value);
  }

  async decide(record: BackupRecord, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#decided = true; // before it is written: if the answer is lost, nobody but the agency knows
    const job = jobToJson({ ...this.#job, phase: "committing", record });
    await finishedLater("backup", this.#run, this.#claim.journal(record.id, job));
  }

  async commit(): Promise<void> {
    const commit = async (agent: AgentPort) => {
      await agent.commit(this.#run, this.#claim.signal);
      this.#ports.report({ step: "committed", serverId: agent.serverId });
    };
    await finishedLater("backup", this.#run, mustAll(this.#agents, commit));
  }

  async record(record: BackupRecord): Promise<void> {
    await finishedLater("backup", this.#run, this.#claim.record(record.id, recordToJson(record)));
    this.#ports.report({ step: "recorded", backupId: record.id });
  }

  /** What cannot be reached now keeps the job: the pieces are removed by whoever settles it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#decided) return;
    const round = lastRound(this.#run);
    const { answers, failures } = await askAll(this.#agents, (agent) => agent.abort(this.#run, round));
    for (const { agent } of answers) this.#ports.report({ step: "aborted", serverId: agent.serverId });
    for (const { agent, error } of failures) {
      this.#ports.report({ step: "abort-failed", serverId: agent.serverId, problem: messageOf(error) });
    }
    if (failures.length === 0) await settled(this.#run, this.#claim, this.#ports);
  }

  get #job() {
    return jobOf(this.#run, this.#agents, this.#ports);
  }
}
