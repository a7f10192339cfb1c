// When a round is worth what it costs, and whom it locks first. Pure; docs/STALL.md has the measurements behind each rule.
//
//   calm    no server is busy, but for restless ones: all can be locked in an instant
//   cheap   once, when hardly a server is busy: those are locked while the others go on writing, for a short time
//   choice  patience is nearly over: a moment is taken at which few transactions are in the way
//   now     patience is over: as it is
//
// Before that, waiting costs nobody anything, and sooner or later most clusters have a calm moment. Few servers are locked
// before all others: these then write on meanwhile. Many are not: others would become busy in the same time.
import { type Look, type Seen, serversOf } from "./open-writes.ts";

export type Occasion = "calm" | "cheap" | "choice" | "now";

export interface PlannedRound {
  occasion: Occasion;
  /** Locked before all others; empty: all are locked at once. */
  firstServerIds: ReadonlySet<string>;
  /** Whether the round ends if another server is busy when the first ones are held. */
  onlyIfOthersAreCalm: boolean;
}

export interface Circumstances {
  look: Look;
  seen: Seen;
  /** Share of the patience that is used up; 1 and more: it is over. */
  impatience: number;
  /** How long a cheap round may wait; 0 once it was tried. */
  cheapWaitMs: number;
  /** Servers that were in the way of the round before. */
  lastBusy: ReadonlySet<string>;
}

/** Servers that are few enough to be locked before the others, as a share of all. */
const fewShare = 1 / 8;
/** Servers that are hardly any: in a small cluster, none. */
const hardlyAnyShare = 1 / 16;
/**
 * When patience is used up so far, the best moments are chosen among those that are not calm; then good ones. Best: as many
 * transactions as hardly any servers would have, one each; good: as few would.
 */
const chooseBestFrom = 0.75;
const chooseGoodFrom = 0.95;

/** Undefined: it pays to wait. */
export function planRound({ look, seen, impatience, cheapWaitMs, lastBusy }: Circumstances): PlannedRound | undefined {
  const atMost = (share: number) => Math.max(1, Math.floor(seen.servers * share));
  const isFew = ({ size }: ReadonlySet<string>) => size <= atMost(fewShare);
  const busy = serversOf(look.long);
  const hard = new Set([...busy, ...seen.restless]);
  const perhapsHard = hard.union(serversOf(look.lasting));
  const first = isFew(perhapsHard) ? perhapsHard : hard;
  const isOver = impatience >= 1;
  if (busy.size === 0 || (!isOver && busy.isSubsetOf(seen.restless))) {
    return { occasion: "calm", firstServerIds: first.union(lastBusy), onlyIfOthersAreCalm: busy.size > 0 };
  }
  // What is older already than the try may take is none of a series of short ones: the try would be in vain.
  const mayBeShort = look.long.every(({ ageMs }) => ageMs < cheapWaitMs);
  if (mayBeShort && seen.everBusy.size <= seen.servers * hardlyAnyShare) {
    return { occasion: "cheap", firstServerIds: first, onlyIfOthersAreCalm: true };
  }
  // Transactions, not servers: a round lasts until the last of them has ended, wherever they are.
  if (!isOver && look.long.length > allowedInTheWay(impatience, atMost)) return undefined;
  // Others were busy too, and will be again while these are waited for: then the shortest is to lock all at once.
  const firstServerIds = isFew(seen.everBusy) ? first : new Set<string>();
  return { occasion: isOver ? "now" : "choice", firstServerIds, onlyIfOthersAreCalm: false };
}

function allowedInTheWay(impatience: number, atMost: (share: number) => number): number {
  if (impatience < chooseBestFrom) return 0;
  return atMost(impatience < chooseGoodFrom ? hardlyAnyShare : fewShare);
}
