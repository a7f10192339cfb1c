// The cut as a picture, one line a server, all on one axis: writes go on, the last open writes end, the server is held.
// It sets the agents' clocks side by side, which is right on one machine only.
import { formatMs } from "../format.ts";
import type { DetailedBackupJson } from "../json.ts";
import type { Look } from "../output.ts";

const columns = 50;
/** Columns left and right in which all servers write. */
const margin = 2;
const marks = { writes: "·", waiting: "░", held: "█" };

/** Points in time, in milliseconds. */
interface Hold {
  id: string;
  askedAt: number;
  heldAt: number;
  endedAt: number;
}

/** No lines if nothing was held. */
export function timelineText({ servers }: DetailedBackupJson, look: Look): string[] {
  const holds = servers.flatMap(holdOf);
  if (holds.length === 0) return [];
  const firstAt = Math.min(...holds.map(({ askedAt }) => askedAt));
  const totalMs = Math.max(1, ...holds.map(({ endedAt }) => endedAt - firstAt));
  const columnOf = (at: number) => margin + Math.round(((columns - 2 * margin) * (at - firstAt)) / totalMs);
  const cutAt = Math.max(...holds.map(({ heldAt }) => heldAt));
  const width = Math.max(...holds.map(({ id }) => id.length)) + 2;
  const { paint } = look;
  const legend = `${marks.writes} writes go on  ${marks.waiting} open writes end  ${marks.held} held`;
  return [
    `${" ".repeat(width)}${legend.padEnd(columns)}${"stall".padStart(12)}`,
    ...holds.map((hold) => {
      const stall = formatMs(hold.endedAt - hold.askedAt).padStart(12);
      return `${hold.id.padEnd(width)}${barText(hold, columnOf, look)}${stall}`;
    }),
    `${" ".repeat(width)}${paint("dim", axis(columnOf(cutAt), columnOf(firstAt + totalMs), formatMs(totalMs)))}`,
  ];
}

function holdOf({ id, hold }: DetailedBackupJson["servers"][number]): Hold[] {
  if (!hold?.askedAt) return [];
  const askedAt = Date.parse(hold.askedAt);
  return [{ id, askedAt, heldAt: askedAt + hold.lockWaitMs, endedAt: askedAt + hold.stallMs }];
}

/** Each phase is a column wide at least, however short it was. */
function barText({ askedAt, heldAt, endedAt }: Hold, columnOf: (at: number) => number, { paint }: Look): string {
  const asked = columnOf(askedAt);
  const held = Math.max(columnOf(heldAt), asked + 1);
  const ended = Math.max(columnOf(endedAt), held + 1);
  const before = marks.writes.repeat(asked);
  const stopped = marks.waiting.repeat(held - asked) + marks.held.repeat(ended - held);
  const after = marks.writes.repeat(columns - ended);
  return `${paint("dim", before)}${paint("yellow", stopped)}${paint("dim", after)}`;
}

/** `  0           ▲ the cut                  182.3 ms`; the words are left of the mark where there is no room. */
function axis(cut: number, end: number, total: string): string {
  const isRoom = cut + `▲ the cut ${total}`.length <= end;
  const marked = isRoom ? `${"".padEnd(cut - margin - 1)}▲ the cut` : "the cut ▲".padStart(cut - margin);
  return `${`${"".padEnd(margin)}0${marked}`.padEnd(end - total.length - 1)} ${total}`;
}
