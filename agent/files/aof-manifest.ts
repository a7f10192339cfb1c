// The manifest of a Redis multi-part AOF: which files are its base and its increments. A line for each, as in
//
//   file appendonly.aof.2.base.rdb seq 2 type b
//
// It is exchanged by rename, so that it is always whole.
import { damaged } from "./damage.ts";

export interface AofManifest {
  /** File names, beside the manifest: one base, and the increments in the order of their writes. */
  base: string | undefined;
  increments: string[];
}

const linePattern = /^file (?:"(?<quoted>(?:[^"\\]|\\.)+)"|(?<plain>\S+)) seq \d+ type (?<type>[bhi])(?: |$)/;

/** @throws StillpointError corrupt */
export function parseAofManifest(text: string, path: string): AofManifest {
  const manifest: AofManifest = { base: undefined, increments: [] };
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const { quoted, plain, type } = linePattern.exec(line)?.groups ?? {};
    const name = plain ?? unquoted(quoted);
    if (name === undefined || name.includes("/")) throw damaged(path, `a line of it is ${JSON.stringify(line)}`);
    if (type === "b") manifest.base = name;
    else if (type === "i") manifest.increments.push(name);
  }
  return manifest;
}

/** Redis quotes a name with spaces and the like; what it escapes in other ways than JSON does is not understood. */
function unquoted(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : String(JSON.parse(`"${text}"`));
  } catch {
    return undefined;
  }
}
