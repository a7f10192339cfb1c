// Changes the Plan if it is still what was read.
//
// One transaction where the store can take it. A change that is too big for one (etcd: 128 writes, 1.5 MiB) is made in
// several, each guarded: whoever reads in between sees a part of it, and when somebody else changes the Plan in between,
// the part that was written stays. It is then `plan-changed` all the same: read again, compare again, write what is left.
//
// What the guards see: any write below Plan/, by its revision. A removal of a key that the change does not name is seen
// in the transaction if all keys of the Plan can be guarded in it, else only by the look just before.
import { StillpointError } from "../../proto/errors.ts";
import type { Plan, PlanChange } from "./agency.ts";
import { batchesOf } from "./batches.ts";
import type { AgencyKeys } from "./keys.ts";
import type { Guard, Store } from "./store.ts";

export async function changePlan(
  store: Store,
  keys: AgencyKeys,
  plan: Plan,
  change: PlanChange,
  options: { guards: Guard[]; signal: AbortSignal },
): Promise<number> {
  refuseRepeatedKeys(change);
  const steps = batchesOf(change, store.transactionLimits);
  if (!(await isCurrent(store, keys, plan, options.signal))) throw planChanged(0, steps.length);
  const guardsOfStep = planGuards(keys, plan, steps.length === 1 ? store.transactionLimits.operations : 0);
  let revision = plan.revision;
  for (const [done, step] of steps.entries()) {
    const transaction = {
      guards: [...options.guards, ...guardsOfStep(step, revision)],
      put: step.put.map(({ key, value }) => ({ key: keys.plan + key, value })),
      remove: step.remove.map((key) => keys.plan + key),
    };
    const written = await store.transact(transaction, options.signal);
    if (written === undefined) throw planChanged(done, steps.length);
    revision = written;
  }
  return revision;
}

/** Every change since `plan` was read either wrote a key, or left fewer of them. */
export async function isCurrent(store: Store, keys: AgencyKeys, plan: Plan, signal: AbortSignal): Promise<boolean> {
  const { newestModRevision, count } = await store.summarise(keys.plan, signal);
  return newestModRevision <= plan.revision && count === plan.entries.length;
}

/** The guards of one step: nothing was written since the step before, and the keys are there as they were read. */
function planGuards(keys: AgencyKeys, plan: Plan, mostKeys: number) {
  const modRevisions = new Map(plan.entries.map(({ key, modRevision }) => [key, modRevision]));
  const allKeys = plan.entries.length <= mostKeys ? [...modRevisions.keys()] : [];
  return (step: PlanChange, revision: number): Guard[] => {
    const named = [...step.put.map(({ key }) => key), ...step.remove];
    const guarded = allKeys.length > 0 ? allKeys : named; // that a new key is new, the first guard says
    return [
      { kind: "unwritten-since", prefix: keys.plan, revision },
      ...guarded.map((key) => ({
        kind: "modified" as const,
        key: keys.plan + key,
        revision: modRevisions.get(key) ?? 0,
      })),
    ];
  };
}

function refuseRepeatedKeys({ put, remove }: PlanChange): void {
  const seen = new Set<string>();
  for (const key of [...put.map((entry) => entry.key), ...remove]) {
    if (seen.has(key)) throw new StillpointError("invalid", `the change of the Plan names the key "${key}" twice`);
    seen.add(key);
  }
}

function planChanged(done: number, steps: number): StillpointError {
  const part = done === 0 ? "nothing was written" : `part ${done} of ${steps} of the change was written before`;
  return new StillpointError("plan-changed", `somebody else changed the Plan since it was read; ${part}`);
}
