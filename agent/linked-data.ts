// A piece's data by links of the server's files: snapshot.ts makes the cut, complete-links.ts what follows after writes go on.
import { completeLinks } from "./complete-links.ts";
import type { Contents, OpenPieceData } from "./piece-data.ts";
import {
  type LinkedCut,
  linkInAdvance,
  type Source,
  type StagedData,
  stageData,
  takeCut,
  unwatch,
} from "./snapshot.ts";

export function linkedData(source: Source): OpenPieceData {
  return async (dir) => {
    const staged = await stageData(source, dir);
    return {
      prepare: () => linkInAdvance(source, staged),
      cut: async () => {
        const cut = await takeCut(source, staged);
        return { files: countOf(cut), deltaFiles: cut.deltaFiles, complete: () => complete(source, staged, cut) };
      },
      close: () => unwatch(staged),
    };
  };
}

function countOf({ immutable, appendOnly, mutable }: LinkedCut): number {
  return immutable.size + appendOnly.length + mutable.size;
}

async function complete(source: Source, staged: StagedData, cut: LinkedCut): Promise<Contents> {
  await unwatch(staged);
  return await completeLinks(source, staged, cut);
}
