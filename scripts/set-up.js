// Installs the locked dependencies when they are missing or older than the lock file.
// Plain JavaScript for the machine's own Node, whatever its age: Node 24 itself is one of the dependencies.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";

const modifiedAt = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modifiedAt("../node_modules/.package-lock.json") < modifiedAt("../package-lock.json")) {
  console.error("installing dependencies (npm ci), this happens once …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0) {
    console.error('could not install the dependencies\nhint: run "npm ci" by hand; it needs the npm registry');
    process.exit(1);
  }
}
