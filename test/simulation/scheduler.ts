// Virtual time. It moves only from one event to the next, and only when all that can happen without time has happened:
// after each event every promise that is due is settled. So a run is the same each time, however fast the machine is.

/** Whose event it is: one that is paused gets it later, one that is dead never. */
export interface Owner {
  readonly state: "running" | "paused" | "dead";
  /** Keeps what came while it was paused. */
  defer(run: () => void): void;
}

export interface Event {
  at: number;
  cancelled: boolean;
}

interface Queued extends Event {
  order: number;
  owner: Owner | undefined;
  run: () => void;
  /** Whether code with promises may go on after it. */
  settles: boolean;
}

export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0;
  steps = 0;
  readonly #heap: Queued[] = [];
  #order = 0;

  /** Calls `run` after `ms`, if its owner still lives then; promises are settled after it. */
  after(ms: number, owner: Owner | undefined, run: () => void): Event {
    return this.#push(ms, owner, run, true);
  }

  /** As `after`, for what neither settles promises nor hears of them: cheaper. */
  afterPlain(ms: number, owner: Owner | undefined, run: () => void): Event {
    return this.#push(ms, owner, run, false);
  }

  /**
   * Lets time pass until `isOver`, at the latest until `limit`. `afterStep` is called after each event.
   * @returns whether it was over
   */
  async run(isOver: () => boolean, limit: number, afterStep: () => void): Promise<boolean> {
    await settled();
    while (!isOver()) {
      const event = this.#pop(limit);
      if (event === undefined) return isOver();
      this.now = Math.max(this.now, event.at);
      if (!dispatch(event)) continue;
      this.steps++;
      if (event.settles) await settled();
      afterStep();
    }
    return true;
  }

  #push(ms: number, owner: Owner | undefined, run: () => void, settles: boolean): Event {
    const at = this.now + Math.max(0, ms);
    const event: Queued = { at, order: this.#order++, cancelled: false, owner, run, settles };
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Queued;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
    return event;
  }

  #pop(limit: number): Queued | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > limit) {
        this.now = Math.max(this.now, limit);
        return undefined;
      }
      this.#removeFirst();
      if (!first.cancelled && first.owner?.state !== "dead") return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Queued;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Queued, heap[child] as Queued)) child++;
      if (!isBefore(heap[child] as Queued, last)) break;
      heap[index] = heap[child] as Queued;
      index = child;
    }
    heap[index] = last;
  }
}

/** False if its owner sleeps: then it is kept for later. */
function dispatch(event: Queued): boolean {
  if (event.owner?.state !== "paused") {
    event.run();
    return true;
  }
  event.owner.defer(() => {
    if (!event.cancelled) event.run();
  });
  return false;
}

function isBefore(left: Queued, right: Queued): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Nothing in a simulation waits for the system, so after this every promise that is due is settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
