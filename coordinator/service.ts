// The coordinator as a gRPC service: each handler checks its request, runs the algorithm, and words the answer.

import type { CoordinatorHandlers } from "../proto/gen/stillpoint/v1/Coordinator.ts";
import type { CreateBackupResponseInput } from "../proto/gen/stillpoint/v1/CreateBackupResponse.ts";
import { checkBackupId } from "../proto/names.ts";
import { type Call, type OnError, serverStream, unary } from "../proto/serve.ts";
import type { Audit } from "../runtime/audit.ts";
import { type AppliedPlan, applyPlan } from "./apply-plan.ts";
import { audited, type Work } from "./audited.ts";
import { createBackup } from "./create-backup.ts";
import { type Deleted, deleteBackup } from "./delete-backup.ts";
import { findBackup } from "./find-backup.ts";
import { forecastBackup } from "./forecast-backup.ts";
import { listBackups } from "./list-backups.ts";
import { backupMessage, claimMessage, eventMessage, forecastMessage, recordMessage } from "./messages.ts";
import type { Ports, RunEvent } from "./ports.ts";
import { type BackupDefaults, backupRequestOf, planEntriesOf, restoreRequestOf } from "./requests.ts";
import { type RestoreResult, restoreBackup } from "./restore-backup.ts";
import type { Runs } from "./runs.ts";
import { clusterStatus } from "./status.ts";
import { type Verdict, verifyBackup } from "./verify-backup.ts";

export interface CoordinatorIdentity {
  version: string;
  defaults: BackupDefaults;
  audit: Audit;
}

export function coordinatorService(
  ports: Ports,
  runs: Runs,
  identity: CoordinatorIdentity,
  onError: OnError,
): CoordinatorHandlers {
  return {
    ...runHandlers(ports, runs, identity, onError),
    ...backupHandlers(ports, identity, onError),
    ...clusterHandlers(ports, identity, onError),
  };
}

/** What takes its time, and streams its events. */
function runHandlers(ports: Ports, runs: Runs, { defaults, audit }: CoordinatorIdentity, onError: OnError) {
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
      const work: Work<CreateBackupResponseInput> = request.dryRun
        ? async (own, stop) => ({ forecast: forecastMessage(await forecastBackup(asked, own, stop)) })
        : async (own, stop) => ({ backup: recordMessage(await createBackup(asked, own, stop)) });
      const deed = { action: request.dryRun ? "create (dry run)" : "create", caller: call.caller };
      return streamed(call, audited(audit, deed, work), (last) => last);
    }, onError),

    RestoreBackup: serverStream((request, call) => {
      const asked = restoreRequestOf(request);
      const work: Work<RestoreResult> = (own, stop) => restoreBackup(asked, own, stop);
      const action = asked.dryRun ? "restore (dry run)" : "restore";
      const deed = { action, caller: call.caller, backupId: asked.id };
      return streamed(call, audited(audit, deed, work), (result) => ({ result }));
    }, onError),

    VerifyBackup: serverStream(({ id }, call) => {
      const checked = checkBackupId(id);
      const work: Work<Verdict> = (own, stop) => verifyBackup(checked, own, stop);
      return streamed(call, work, (verdict) => ({ verdict }));
    }, onError),

    CancelBackup: unary(({ id }, { signal, caller }) => {
      const backupId = id === "" ? id : checkBackupId(id);
      const work: Work<{ id: string }> = async () => ({ id: await runs.cancel(backupId) });
      return audited(audit, { action: "cancel", caller, backupId }, work)(ports, signal);
    }, onError),
  } satisfies Partial<CoordinatorHandlers>;
}

function backupHandlers(ports: Ports, { audit }: CoordinatorIdentity, onError: OnError) {
  return {
    ListBackups: unary(async (_, { signal }) => {
      const { backups, unreachable } = await listBackups(ports, signal);
      return { backups: backups.map(backupMessage), unreachable };
    }, onError),

    GetBackup: unary(
      async ({ id }, { signal }) => ({ backup: backupMessage(await findBackup(checkBackupId(id), ports, signal)) }),
      onError,
    ),

    DeleteBackup: unary(({ id }, { signal, caller }) => {
      const backupId = checkBackupId(id);
      const work: Work<Deleted> = (own, stop) => deleteBackup(backupId, own, stop);
      return audited(audit, { action: "delete", caller, backupId }, work)(ports, signal);
    }, onError),
  } satisfies Partial<CoordinatorHandlers>;
}

function clusterHandlers(ports: Ports, { version, audit }: CoordinatorIdentity, onError: OnError) {
  return {
    GetStatus: unary(async (_, { signal }) => {
      const { claim, ...status } = await clusterStatus(ports, signal);
      return { coordinator: ports.holder, version, claim: claimMessage(claim), ...status };
    }, onError),

    GetPlan: unary((_, { signal }) => ports.agency.readPlan(signal), onError),

    ApplyPlan: unary((request, { signal, caller }) => {
      const entries = planEntriesOf(request);
      const work: Work<AppliedPlan> = (own, stop) => applyPlan(entries, own, stop);
      return audited(audit, { action: "plan apply", caller }, work)(ports, signal);
    }, onError),
  } satisfies Partial<CoordinatorHandlers>;
}
