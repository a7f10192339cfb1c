// Many small waits at once instead of one after the other.

/** All results, in order, when all have come to their end. @throws the first error, in order */
export async function inParallel<Each, Result>(
  all: Iterable<Each>,
  work: (each: Each) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled([...all].map(work));
  return settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}
