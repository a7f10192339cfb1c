// SHA256SUMS: the format of sha256sum, so that `sha256sum -c SHA256SUMS` checks a piece without Stillpoint.
import { createHash } from "node:crypto";
import { StillpointError } from "../proto/errors.ts";
import { quoted } from "../proto/names.ts";

/** Checksums in lower-case hexadecimal, by path below the piece. */
export type Checksums = Map<string, string>;

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** sha256sum escapes backslash and line breaks in names, and says so by a backslash in front of the line. */
export function formatChecksums(checksums: Checksums): string {
  return [...checksums.keys()]
    .sort()
    .map((path) => {
      const sum = checksums.get(path);
      if (!/[\\\n\r]/.test(path)) return `${sum}  ${path}\n`;
      const escaped = path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
      return `\\${sum}  ${escaped}\n`;
    })
    .join("");
}

/** @throws StillpointError corrupt */
export function parseChecksums(text: string, where: string): Checksums {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line, index) => parseLine(line, `${where}, line ${index + 1}`)));
}

function parseLine(line: string, where: string): [string, string] {
  const match = /^(\\?)([0-9a-f]{64}) [ *](.+)$/s.exec(line);
  if (match === null) throw new StillpointError("corrupt", `${where} is not a checksum`);
  const [, escaped, sum = "", written = ""] = match;
  const path = escaped ? written.replaceAll(/\\(.)/g, (_, letter: string) => unescaped[letter] ?? letter) : written;
  if (path !== "plan.json" && (!path.startsWith("data/") || path.split("/").includes(".."))) {
    throw new StillpointError("corrupt", `${where} names ${quoted(path)}, which is no file of a piece`);
  }
  return [path, sum];
}

const unescaped: Record<string, string> = { n: "\n", r: "\r" };
