// The environment of a thread of ours: it takes the code that was compiled already, as the process does (cli/stillpoint.js), where that
// is kept. To compile it again took 80 ms of a processor for each thread, and memory.
import { getCompileCacheDir } from "node:module";

export function threadEnv(): NodeJS.ProcessEnv {
  const compiled = getCompileCacheDir();
  return compiled === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: compiled };
}
