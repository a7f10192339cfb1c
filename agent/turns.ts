// Steps that exclude each other, in the order in which they were asked for.
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Waits until all turns that were asked for before are over. Whoever gets one must call what it returns. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = before.then(() => turn.promise);
    await before;
    return turn.resolve;
  }

  /** Resolves when all turns that were asked for until now are over. */
  allOver(): Promise<void> {
    return this.#last;
  }
}
