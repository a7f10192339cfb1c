// What many measurements come to.

export interface Summary {
  mean: number;
  median: number;
  p99: number;
  max: number;
}

/** Of at least one value. */
export function summaryOf(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError("nothing was measured");
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    median: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}
