// The coordinator as a gRPC service: each handler checks its request, runs the algorithm, and words the answer.
import type { CoordinatorHandlers } from "../proto/gen/stillpoint/v1/Coordinator.ts";
import { checkBackupId } from "../proto/names.ts";
import { type Call, type OnError, serverStream, unary } from "../proto/serve.ts";
import { applyPlan } from "./apply-plan.ts";
import { createBackup } from "./create-backup.ts";
import { deleteBackup } from "./delete-backup.ts";
import { findBackup } from "./find-backup.ts";
import { listBackups } from "./list-backups.ts";
import { backupMessage, claimMessage, eventMessage, recordMessage } from "./messages.ts";
import type { Ports, RunEvent } from "./ports.ts";
import type { BackupRecord } from "./record.ts";
import { type BackupDefaults, backupRequestOf, planEntriesOf, restoreRequestOf } from "./requests.ts";
import { type RestoreResult, restoreBackup } from "./restore-backup.ts";
import type { Runs } from "./runs.ts";
import { clusterStatus } from "./status.ts";
import { type Verdict, verifyBackup } from "./verify-backup.ts";

export interface CoordinatorIdentity {
  version: string;
  defaults: BackupDefaults;
}

export function coordinatorService(
  ports: Ports,
  runs: Runs,
  identity: CoordinatorIdentity,
  onError: OnError,
): CoordinatorHandlers {
  return {
    ...runHandlers(ports, runs, identity, onError),
    ...backupHandlers(ports, onError),
    ...clusterHandlers(ports, identity, onError),
  };
}

/** What takes its time, and streams its events. */
function runHandlers(ports: Ports, runs: Runs, { defaults }: CoordinatorIdentity, onError: OnError) {
  /** The run ends with the call, or when it is cancelled. Its events go to the caller and to the coordinator's log. */
  async function* streamed<Result, Last>(call: Call, work: Work<Result>, last: (result: Result) => Last) {
    const run = runs.begin(call.signal, (tell, stop) => {
      const report = (event: RunEvent) => {
        ports.report(event);
        tell(event);
      };
      return work({ ...ports, report }, stop);
    });
    for await (const event of run.events) yield { event: eventMessage(event, ports.clock.date()) };
    yield last(await run.result);
  }

  return {
    CreateBackup: serverStream((request, call) => {
      const asked = backupRequestOf(request, defaults);
      const work: Work<BackupRecord> = (own, stop) => createBackup(asked, own, stop);
      return streamed(call, work, (record) => ({ backup: recordMessage(record) }));
    }, onError),

    RestoreBackup: serverStream((request, call) => {
      const asked = restoreRequestOf(request);
      const work: Work<RestoreResult> = (own, stop) => restoreBackup(asked, own, stop);
      return streamed(call, work, (result) => ({ result }));
    }, onError),

    VerifyBackup: serverStream(({ id }, call) => {
      const checked = checkBackupId(id);
      const work: Work<Verdict> = (own, stop) => verifyBackup(checked, own, stop);
      return streamed(call, work, (verdict) => ({ verdict }));
    }, onError),

    CancelBackup: unary(async ({ id }) => ({ id: await runs.cancel(id === "" ? id : checkBackupId(id)) }), onError),
  } satisfies Partial<CoordinatorHandlers>;
}

type Work<Result> = (ports: Ports, stop: AbortSignal) => Promise<Result>;

function backupHandlers(ports: Ports, onError: OnError) {
  return {
    ListBackups: unary(async (_, { signal }) => {
      const { backups, unreachable } = await listBackups(ports, signal);
      return { backups: backups.map(backupMessage), unreachable };
    }, onError),

    GetBackup: unary(
      async ({ id }, { signal }) => ({ backup: backupMessage(await findBackup(checkBackupId(id), ports, signal)) }),
      onError,
    ),

    DeleteBackup: unary(({ id }, { signal }) => deleteBackup(checkBackupId(id), ports, signal), onError),
  } satisfies Partial<CoordinatorHandlers>;
}

function clusterHandlers(ports: Ports, { version }: CoordinatorIdentity, onError: OnError) {
  return {
    GetStatus: unary(async (_, { signal }) => {
      const { claim, ...status } = await clusterStatus(ports, signal);
      return { coordinator: ports.holder, version, claim: claimMessage(claim), ...status };
    }, onError),

    GetPlan: unary((_, { signal }) => ports.agency.readPlan(signal), onError),

    ApplyPlan: unary((request, { signal }) => applyPlan(planEntriesOf(request), ports, signal), onError),
  } satisfies Partial<CoordinatorHandlers>;
}
