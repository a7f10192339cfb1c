// Runs one piece of work after the other, in the order in which they were asked for.
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {}); // the caller sees the error; the next work does not care
    return result;
  }
}
