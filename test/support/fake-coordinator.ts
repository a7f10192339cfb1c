// A coordinator that answers what a test tells it to, over real gRPC.
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { ApplyPlanRequest } from "../../proto/gen/stillpoint/v1/ApplyPlanRequest.ts";
import type { ApplyPlanResponseInput } from "../../proto/gen/stillpoint/v1/ApplyPlanResponse.ts";
import type { BackupInput } from "../../proto/gen/stillpoint/v1/Backup.ts";
import type { CancelBackupRequest } from "../../proto/gen/stillpoint/v1/CancelBackupRequest.ts";
import type { CancelBackupResponseInput } from "../../proto/gen/stillpoint/v1/CancelBackupResponse.ts";
import type { CreateBackupRequest } from "../../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { CreateBackupResponseInput } from "../../proto/gen/stillpoint/v1/CreateBackupResponse.ts";
import type { DeleteBackupRequest } from "../../proto/gen/stillpoint/v1/DeleteBackupRequest.ts";
import type { DeleteBackupResponseInput } from "../../proto/gen/stillpoint/v1/DeleteBackupResponse.ts";
import type { GetBackupRequest } from "../../proto/gen/stillpoint/v1/GetBackupRequest.ts";
import type { GetBackupResponseInput } from "../../proto/gen/stillpoint/v1/GetBackupResponse.ts";
import type { GetPlanResponseInput } from "../../proto/gen/stillpoint/v1/GetPlanResponse.ts";
import type { GetStatusResponseInput } from "../../proto/gen/stillpoint/v1/GetStatusResponse.ts";
import type { ListBackupsResponseInput } from "../../proto/gen/stillpoint/v1/ListBackupsResponse.ts";
import type { RestoreBackupRequest } from "../../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";
import type { RestoreBackupResponseInput } from "../../proto/gen/stillpoint/v1/RestoreBackupResponse.ts";
import type { VerifyBackupRequest } from "../../proto/gen/stillpoint/v1/VerifyBackupRequest.ts";
import type { VerifyBackupResponseInput } from "../../proto/gen/stillpoint/v1/VerifyBackupResponse.ts";
import { type Call, serverStream, unary } from "../../proto/serve.ts";

/** What is not scripted fails. */
export interface Script {
  createBackup?: (request: CreateBackupRequest, call: Call) => AsyncIterable<CreateBackupResponseInput>;
  verifyBackup?: (request: VerifyBackupRequest, call: Call) => AsyncIterable<VerifyBackupResponseInput>;
  restoreBackup?: (request: RestoreBackupRequest, call: Call) => AsyncIterable<RestoreBackupResponseInput>;
  listBackups?: () => Promise<ListBackupsResponseInput>;
  getBackup?: (request: GetBackupRequest) => Promise<GetBackupResponseInput>;
  deleteBackup?: (request: DeleteBackupRequest, call: Call) => Promise<DeleteBackupResponseInput>;
  cancelBackup?: (request: CancelBackupRequest) => Promise<CancelBackupResponseInput>;
  getStatus?: () => Promise<GetStatusResponseInput>;
  getPlan?: () => Promise<GetPlanResponseInput>;
  applyPlan?: (request: ApplyPlanRequest) => Promise<ApplyPlanResponseInput>;
}

export class FakeCoordinator implements AsyncDisposable {
  readonly address: string;
  readonly #server: Server;

  static async start(script: Script): Promise<FakeCoordinator> {
    const server = new Server();
    server.addService(Coordinator.service, handlersOf(script));
    const port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, chosen: number) => (error === null ? resolve(chosen) : reject(error));
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), bound);
    });
    return new FakeCoordinator(server, `127.0.0.1:${port}`);
  }

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }
}

const ignore = () => {};

function handlersOf(script: Script) {
  const one = <Request, Response>(handler?: (request: Request, call: Call) => Promise<Response>) =>
    unary(handler ?? (() => Promise.reject(notScripted())), ignore);
  const many = <Request, Response>(handler?: (request: Request, call: Call) => AsyncIterable<Response>) =>
    serverStream(handler ?? failing(notScripted()), ignore);
  return {
    CreateBackup: many(script.createBackup),
    VerifyBackup: many(script.verifyBackup),
    RestoreBackup: many(script.restoreBackup),
    ListBackups: one(script.listBackups),
    GetBackup: one(script.getBackup),
    DeleteBackup: one(script.deleteBackup),
    CancelBackup: one(script.cancelBackup),
    GetStatus: one(script.getStatus),
    GetPlan: one(script.getPlan),
    ApplyPlan: one(script.applyPlan),
  };
}

/** A stream that sends these messages. */
export function sending<Message>(...messages: Message[]): () => AsyncGenerator<Message> {
  return async function* () {
    yield* messages;
  };
}

/** A stream that fails before it has anything to say. */
export function failing<Message = never>(error: Error): () => AsyncIterable<Message> {
  return () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) });
}

function notScripted(): StillpointError {
  return new StillpointError("internal", "the test's script has no answer to this call");
}

/** A backup of two servers, the second of which was busy in the first round. */
export const exampleBackup = {
  id: "2026-11-22T15.04.05.123Z_nightly",
  label: "nightly",
  state: "BACKUP_STATE_COMPLETE" as const,
  createdAt: { seconds: 1_795_359_845, nanos: 123_000_000 },
  sizeInBytes: 3_328_599_654,
  nrFiles: 1_234,
  nrDbServers: 2,
  potentiallyInconsistent: false,
  planRevision: 41,
  token: 42,
  deadTimeMs: 31.25,
  rounds: [
    {
      round: 1,
      outcome: "busy",
      waitMs: 250,
      deadTimeMs: 20,
      firstServerIds: ["db2"],
      blockers: [
        {
          serverId: "db2",
          id: "tx-17",
          ageMs: 12_345,
          owner: "alice@10.0.0.9",
          description: "UPDATE accounts",
        },
      ],
    },
    { round: 2, outcome: "held", waitMs: 500, deadTimeMs: 11.25, firstServerIds: ["db2"], blockers: [] },
  ],
  servers: [
    {
      id: "db1",
      present: true,
      problem: "",
      stallMs: 4.5,
      lockWaitMs: 1.5,
      heldMs: 3,
      longestBlockedWriteMs: 4.25,
      snapshotMs: 2.25,
      files: 1_000,
      bytes: 3_221_225_472,
    },
    {
      ...{
        id: "db2",
        present: true,
        problem: "",
        stallMs: 6.75,
        lockWaitMs: 3.5,
        heldMs: 3.25,
        longestBlockedWriteMs: 0,
        snapshotMs: 1.25,
        files: 234,
        bytes: 107_374_182,
      },
      piece: {
        engine: "grpc",
        engineVersion: "1.2.3",
        cutAt: { seconds: 1_795_359_846, nanos: 7_000_000 },
        hold: {
          ...{ round: 2, lockWaitMs: 3.5, heldMs: 3.25, stallMs: 6.75, unbroken: true, endedBy: "snapshot" },
          askedAt: { seconds: 1_795_359_846, nanos: 0 },
          heldAt: { seconds: 1_795_359_846, nanos: 5_000_000 },
          endedAt: { seconds: 1_795_359_846, nanos: 9_000_000 },
        },
      },
    },
  ],
  problems: [],
} satisfies BackupInput;
