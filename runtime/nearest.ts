// "Did you mean ...?"

/** The candidate that is a few slips of the finger away from the word, if there is one. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const mostSlips = Math.ceil(word.length * 0.4);
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips <= mostSlips && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) best = { candidate, slips };
  }
  return best?.candidate;
}

/** Levenshtein's: letters to insert, remove or exchange. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const exchanged = at(row, column - 1) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, at(row, column) + 1, at(next, column - 1) + 1));
    }
    row = next;
  }
  return at(row, to.length);
}

function at(numbers: number[], index: number): number {
  return numbers[index] ?? 0;
}
