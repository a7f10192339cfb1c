// Full paths of very many files. `join` of node:path takes 1.6 µs for each, which is about as long as a stat of the file.
export function fullPaths(directory: string, paths: readonly string[]): string[] {
  return paths.map((path) => `${directory}/${path}`);
}
