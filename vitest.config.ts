import { defineConfig } from "vitest/config";

const faults = "test/faults/**/*.test.ts";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/plain-reporter.ts"],
    maxWorkers: 2,
    projects: [
      project("tests", 0, { include: ["test/**/*.test.ts"], exclude: [faults] }),
      // After all others: their clusters have leases of three seconds, and tests that take both cores would use them up.
      project("faults", 1, { include: [faults] }),
    ],
  },
});

function project(name: string, groupOrder: number, files: { include: string[]; exclude?: string[] }) {
  const limits = { testTimeout: 60_000, hookTimeout: 60_000 };
  return {
    test: { name, ...files, ...limits, globalSetup: "test/support/global-setup.ts", sequence: { groupOrder } },
  };
}
