#!/usr/bin/env node
// The npm bin. Plain JavaScript for the machine's own Node, whatever its age: an older one hands over to the Node 24 that
// is one of our dependencies. Arguments, terminal, signals and exit code pass through.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tuneNode } from "./tune-node.js";

if (Number.parseInt(process.versions.node, 10) >= 24) {
  tuneNode();
  await import("./main.ts");
} else {
  handOver(bundledNode());
}

function bundledNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/node");
  } catch {
    console.error(
      `error: stillpoint needs Node 24; this is ${process.version}, and the package ${name} is not installed`,
    );
    console.error("hint: run npm ci in stillpoint's folder, without --omit=optional; or install Node 24");
    process.exit(1);
  }
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
