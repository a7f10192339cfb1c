// What a process uses of the machine, and whether it grew.
import { readdir } from "node:fs/promises";
import type { Processes } from "../support/processes.ts";
import type { Resources } from "../support/service-process.ts";

export interface Usage extends Resources {
  fileDescriptors: number;
}

/** What a heap may grow by between the first look and the last: caches of code and shapes, not what backups leave. */
const heapSlackBytes = 2 * 1024 * 1024;
/** Connections that come and go. */
const countSlack = 3;

export async function measure(processes: Processes, name: string): Promise<Usage> {
  const fileDescriptors = (await readdir(`/proc/${processes.pid(name)}/fd`)).length;
  return { ...(await processes.resources(name)), fileDescriptors };
}

/** From the first look, after the warm-up, to the last. */
export function growthOf(name: string, usages: readonly Usage[]): { text: string; problems: string[] } {
  const [first, last] = [usages[0] as Usage, usages.at(-1) as Usage];
  const heap = last.heapBytes - first.heapBytes;
  const descriptors = last.fileDescriptors - first.fileDescriptors;
  const handles = countOf(last) - countOf(first);
  const problems = [
    ...(heap > heapSlackBytes ? [`the heap of ${name} grew by ${heap} bytes`] : []),
    ...(descriptors > countSlack ? [`${name} has ${descriptors} more file descriptors`] : []),
    ...(handles > countSlack
      ? [`${name} has ${handles} more timers and handles: ${JSON.stringify(last.handles)}`]
      : []),
  ];
  const text = `${name}: heap ${signed(heap / 1024)} KiB, RSS ${signed((last.residentBytes - first.residentBytes) / 1024)} KiB, descriptors ${signed(descriptors)}, handles ${signed(handles)}`;
  return { text, problems };
}

function countOf({ handles }: Usage): number {
  return Object.values(handles).reduce((sum, each) => sum + each, 0);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(Math.round(value))}`;
}
