// What must free writes when the agent, or its connection, is gone.
import { blockedWrite, writesGo } from "./attempt.ts";
import {
  askFor,
  Broken,
  type Case,
  type Check,
  type Cuttable,
  type Finding,
  isNoticed,
  noSignal,
  type Victim,
} from "./case.ts";

export const deathCases: readonly Case[] = [
  {
    name: "agent-killed",
    says: "writes go on when the agent that stopped them is killed",
    run: async (check) => findingOf(await whenVictim(check, (victim) => victim.kill("process"))),
  },
  {
    name: "agent-group-killed",
    says: "writes go on when the agent is killed together with its whole process group",
    run: async (check) => findingOf(await whenVictim(check, (victim) => victim.kill("group"))),
  },
  {
    name: "agent-hangs",
    says: "writes go on by the end of the hold when the agent hangs",
    run: async (check) => ({ found: `after ${(await whenVictim(check, async (victim) => victim.hang())).afterMs} ms` }),
  },
  {
    name: "connection-cut",
    says: "writes go on when the connection to the server is cut, and the loss is noticed",
    skip: ({ subject }) => (subject.newCuttable === undefined ? "the engine has no connection to cut" : undefined),
    run: whenCut,
  },
];

interface Freed {
  afterMs: number;
  /** Nothing else had freed them. */
  byEndOfHold: boolean;
}

/** So much before the end of a hold it was not the hold that freed writes. */
const beforeTheEndMs = 500;

async function whenVictim({ subject, pace }: Check, suffer: (victim: Victim) => Promise<unknown>): Promise<Freed> {
  const victim = subject.startVictim(askFor({ holdMs: pace.holdMs }));
  try {
    await victim.held;
    const endsAt = performance.now() + pace.holdMs;
    const write = await blockedWrite(subject.probe, pace.watchMs);
    await suffer(victim);
    const sufferedAt = performance.now();
    return freed(await writesGo(subject.probe, write, endsAt + pace.graceMs), sufferedAt, endsAt);
  } finally {
    await victim.kill("group");
  }
}

async function whenCut({ subject, pace }: Check): Promise<Finding> {
  const cuttable = await (subject.newCuttable as () => Promise<Cuttable>)();
  try {
    const stopped = await cuttable.engine.stopWrites(askFor({ holdMs: pace.holdMs }), noSignal);
    const endsAt = performance.now() + pace.holdMs;
    const write = await blockedWrite(subject.probe, pace.watchMs);
    await cuttable.cut();
    const cutAt = performance.now();
    const wentAt = await writesGo(subject.probe, write, endsAt + pace.graceMs);
    const isTold = await isNoticed(stopped, pace.graceMs);
    if ((await stopped.resume()).unbroken) throw new Broken("the connection was cut, and yet resume says unbroken");
    const finding = findingOf(freed(wentAt, cutAt, endsAt));
    return isTold ? finding : { found: `${finding.found}; the loss was told by resume only`, warning: true };
  } finally {
    await cuttable.close();
  }
}

function freed(wentAt: number, sufferedAt: number, endsAt: number): Freed {
  return { afterMs: Math.max(0, Math.round(wentAt - sufferedAt)), byEndOfHold: wentAt > endsAt - beforeTheEndMs };
}

/** A hold that ends by itself is the least that must be; a lock that dies with its owner is better. */
function findingOf({ afterMs, byEndOfHold }: Freed): Finding {
  if (!byEndOfHold) return { found: `after ${afterMs} ms` };
  return { found: `only when the hold had ended, after ${afterMs} ms`, warning: true };
}
