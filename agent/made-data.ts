// A piece's data made by its engine (PieceMaker), for servers whose files cannot be cut by links.
import type { PieceMaker } from "./engines/engine.ts";
import type { OpenPieceData } from "./piece-data.ts";
import type { Source } from "./staged-data.ts";

export function madeData(maker: PieceMaker, { dataDir, disk, list }: Source): OpenPieceData {
  return async (dir) => {
    await disk.makeDirectoryLike(dir, dataDir);
    return {
      async *prepare(signal) {
        await maker.prepare(dir, signal);
        yield { passes: 1, linkedFiles: 0 };
      },
      cut: async () => {
        const { complete } = await maker.cut(dir);
        return {
          files: 0,
          deltaFiles: 0,
          complete: async (signal) => {
            await complete(signal);
            return await list(dir);
          },
        };
      },
      close: async () => {},
    };
  };
}
