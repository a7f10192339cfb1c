// Reporter of `npm run faults`: writes docs/FAULTS.md from what the tests told of their cells.
import { writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import type { Reporter, TestModule } from "vitest/node";
import { pageText, type RunFacts } from "./page-text.ts";

const page = new URL("../../docs/FAULTS.md", import.meta.url);

export default class WritePage implements Reporter {
  readonly #startedAt = performance.now();

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const cells = tests.map((test) => test.meta().cell).filter((cell) => cell !== undefined);
    const facts: RunFacts = {
      failed: tests.filter((test) => test.result().state === "failed").map(({ fullName }) => fullName),
      minutes: Math.round((performance.now() - this.#startedAt) / 60_000),
      day: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`,
    };
    writeFileSync(page, pageText(cells, facts));
  }
}
