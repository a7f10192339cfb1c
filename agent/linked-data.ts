// A piece's data by links of the server's files: snapshot.ts makes the cut, complete-links.ts what follows after writes go on.
import { completeLinks } from "./complete-links.ts";
import type { Contents, OpenPieceData } from "./piece-data.ts";
import { type LinkedCut, linkInAdvance, takeCut, unwatch } from "./snapshot.ts";
import { type Source, type StagedData, stageData } from "./staged-data.ts";

export function linkedData(source: Source): OpenPieceData {
  return async (dir) => {
    const staged = await stageData(source, dir);
    return {
      prepare: () => linkInAdvance(source, staged),
      cut: async () => {
        const cut = await takeCut(source, staged);
        return {
          files: countOf(cut),
          deltaFiles: cut.deltaFiles,
          complete: () => complete(source, staged, cut),
        };
      },
      close: () => unwatch(staged),
    };
  };
}

/** Under the lock: nothing is done for each file. */
function countOf({ immutable, appendOnly, replaced, mutable }: LinkedCut): number {
  return immutable.size + appendOnly.length + replaced.size + mutable.size;
}

async function complete(source: Source, staged: StagedData, cut: LinkedCut): Promise<Contents> {
  await unwatch(staged);
  return await completeLinks(source, staged, cut);
}
