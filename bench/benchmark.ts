// What a benchmark is. One joins by one file, bench/NAME.bench.ts, whose default export is a Benchmark; npm run bench finds it.

export interface Benchmark {
  /** What is measured, in one sentence. */
  title: string;
  /** Measures ours and its rivals in the same run, in turn. `tell` is for progress. */
  run(tell: (line: string) => void): Promise<Outcome>;
}

export interface Outcome {
  /** One for each thing that was measured; all with the same keys. Durations end in Ms or, where they are long, in S. */
  rows: Row[];
  goals: Goal[];
  plot: Plot;
}

export type Row = Record<string, string | number>;

/** A promise of the product, and what came of it. Target and measured are for people: "≤ 1/50", "1/99". */
export interface Goal {
  name: string;
  target: string;
  measured: string;
  met: boolean;
}

export interface Plot {
  title: string;
  x: Axis;
  y: Axis;
  series: Series[];
}

export interface Axis {
  title: string;
  /** Logarithmic; all values must be above 0. */
  isLog?: boolean;
}

export interface Series {
  name: string;
  /** Joined by a line, in this order. */
  points: PlotPoint[];
}

export interface PlotPoint {
  x: number;
  y: number;
  label?: string;
}

/** That ours costs at most so small a share of what a rival does. */
export function shareGoal(name: string, atMost: number, measured: number): Goal {
  return { name, target: `≤ ${shareText(atMost)}`, measured: shareText(measured), met: measured <= atMost };
}

/** That a value is no larger than a limit. */
export function limitGoal(name: string, atMost: number, measured: number, unit = ""): Goal {
  return { name, target: `≤ ${atMost}${unit}`, measured: `${rounded(measured)}${unit}`, met: measured <= atMost };
}

/** That a value is no smaller than a limit. */
export function leastGoal(name: string, atLeast: number, measured: number, unit = ""): Goal {
  return { name, target: `≥ ${atLeast}${unit}`, measured: `${rounded(measured)}${unit}`, met: measured >= atLeast };
}

function shareText(share: number): string {
  return share <= 0.5 ? `1/${rounded(1 / share)}` : `${rounded(share)}×`;
}

/** To three digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
