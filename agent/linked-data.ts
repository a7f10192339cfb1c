// A piece's data by links of the server's files: snapshot.ts makes the cut, complete-links.ts what follows after writes go on.
import { completeLinks } from "./complete-links.ts";
import type { OpenPieceData } from "./piece-data.ts";
import { linkInAdvance, pathsOf, type Source, stageData, takeCut } from "./snapshot.ts";

export function linkedData(source: Source): OpenPieceData {
  return async (dir) => {
    const staged = await stageData(source, dir);
    return {
      prepare: () => linkInAdvance(source, staged),
      cut: async () => {
        const cut = await takeCut(source, staged);
        const { deltaFiles } = cut;
        return { files: pathsOf(cut).length, deltaFiles, complete: () => completeLinks(source, staged, cut) };
      },
    };
  };
}
