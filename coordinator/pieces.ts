// The pieces of a backup in the making, on all servers. Unless they are kept at the end, they are removed everywhere.
import { messageOf } from "../proto/errors.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import { toTimestamp } from "../proto/time.ts";
import { askAll, mustAll, together } from "./fan-out.ts";
import type { AgentPort, Ports } from "./ports.ts";
import { type BackupRun, lastRound } from "./run.ts";

export interface SealedFacts {
  serverIds: string[];
  planRevision: number;
  potentiallyInconsistent: boolean;
}

export interface PiecesInTheMaking extends AsyncDisposable {
  storeDump(dump: Buffer, signal: AbortSignal): Promise<void>;
  seal(facts: SealedFacts, signal: AbortSignal): Promise<Piece[]>;
  commit(signal: AbortSignal): Promise<void>;
  /** From here on they are a backup: disposing does nothing any more. */
  keep(): void;
}

/** Makes the staging directories and links all that can be linked without a lock. */
export async function preparePieces(
  agents: AgentPort[],
  run: BackupRun,
  ports: Ports,
  signal: AbortSignal,
): Promise<PiecesInTheMaking> {
  const pieces = new Pieces(agents, run, ports);
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
  readonly #ports: Ports;
  #kept = false;

  constructor(agents: AgentPort[], run: BackupRun, ports: Ports) {
    this.#agents = agents;
    this.#run = run;
    this.#ports = ports;
  }

  async storeDump(dump: Buffer, signal: AbortSignal): Promise<void> {
    await mustAll(this.#agents, (agent) => agent.storeDump(this.#run, dump, signal));
    this.#ports.report({ step: "dump-stored", bytes: dump.length });
  }

  async seal(facts: SealedFacts, signal: AbortSignal): Promise<Piece[]> {
    const { label, createdAt } = this.#run;
    const { serverIds, planRevision, potentiallyInconsistent } = facts;
    const request = { label, createdAt: toTimestamp(createdAt), serverIds, planRevision, potentiallyInconsistent };
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

  async commit(signal: AbortSignal): Promise<void> {
    await mustAll(this.#agents, async (agent) => {
      await agent.commit(this.#run, signal);
      this.#ports.report({ step: "committed", serverId: agent.serverId });
    });
  }

  keep(): void {
    this.#kept = true;
  }

  /** What cannot be reached now is removed by that agent's next start, or by the next Prepare. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept) return;
    const round = lastRound(this.#run);
    const { answers, failures } = await askAll(this.#agents, (agent) => agent.abort(this.#run, round));
    for (const { agent } of answers) this.#ports.report({ step: "aborted", serverId: agent.serverId });
    for (const { agent, error } of failures) {
      this.#ports.report({ step: "abort-failed", serverId: agent.serverId, problem: messageOf(error) });
    }
  }
}
