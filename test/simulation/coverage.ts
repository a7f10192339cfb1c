// What a run of many seeds has met: each kind of fault, each branch of the algorithm. What was never met was never tested.

export class Coverage {
  readonly counts = new Map<string, number>();

  hit(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  add(other: Iterable<readonly [string, number]>): void {
    for (const [what, times] of other) this.hit(what, times);
  }

  missing(expected: readonly string[]): string[] {
    return expected.filter((what) => !this.counts.has(what));
  }
}
