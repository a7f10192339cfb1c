// One run: a stormy time in which everything may go wrong, then all is mended, and then it is seen what is left.
import { messageOf } from "../../proto/errors.ts";
import type { Coverage } from "./coverage.ts";
import { lyingDisk } from "./declared-faults.ts";
import type { Violation } from "./oracle.ts";
import { World, type WorldOptions } from "./world.ts";

export interface SeedResult {
  seed: number;
  violation: Violation | undefined;
  coverage: Coverage;
  steps: number;
  /** How much time passed in the world. */
  virtualMs: number;
}

const stormMs = 240_000;
const endMs = 240_000;

export async function runSeed(options: WorldOptions): Promise<SeedResult> {
  const world = new World(options);
  world.start();
  await storm(world);
  await heal(world);
  await end(world);
  const { coverage, oracle, scheduler } = world;
  return { seed: options.seed, violation: oracle.violation, coverage, steps: scheduler.steps, virtualMs: world.now };
}

async function storm(world: World): Promise<void> {
  await until(world, world.operations.runAll(), stormMs, "every operation ends, well or not");
}

/** Longer than a peer may be silent, than any hold and restart, and than it takes to find and settle a dead run. */
async function heal(world: World): Promise<void> {
  if (world.oracle.violation !== undefined) return;
  world.faults.heal();
  const { scheduler, oracle } = world;
  await scheduler.run(
    () => oracle.violation !== undefined,
    world.now + 20_000 + 4 * world.claimTtlMs,
    () => oracle.holds.afterStep(),
  );
  if (world.declared.has(lyingDisk)) for (const host of world.hosts) host.startForgottenDatabase();
}

async function end(world: World): Promise<void> {
  const { oracle, operations, writers } = world;
  if (oracle.violation !== undefined || oracle.isRuined) return;
  const written = new Promise<void>((resolve) => writers.writeEverywhere(resolve));
  await until(world, written, endMs, "when nothing fails any more writes go on everywhere");
  await until(world, operations.lastBackup(), endMs, "every operation ends, well or not");
  if (oracle.violation !== undefined) return;
  oracle.backups.atTheEnd();
  oracle.restores.atTheEnd();
}

/** Lets time pass until the work has ended. */
async function until(world: World, work: Promise<unknown>, withinMs: number, invariant: string): Promise<void> {
  const { scheduler, oracle } = world;
  if (oracle.violation !== undefined) return;
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, (error: unknown) => {
    oracle.violate(
      "the simulation itself has no defect",
      error instanceof Error ? String(error.stack) : messageOf(error),
    );
  });
  await scheduler.run(
    () => isOver || oracle.violation !== undefined,
    world.now + withinMs,
    () => oracle.holds.afterStep(),
  );
  if (!isOver) oracle.violate(invariant, `not within ${withinMs} ms`);
}
