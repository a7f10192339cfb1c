// How a process ends: by one signal in order, by two at once, and by what nobody caught.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const shutdown = fileURLToPath(new URL("../../runtime/shutdown.ts", import.meta.url));

/** A process that does `work` until a signal; says "working" when it has begun, and each event as it comes. */
async function start(work: string, graceMs = 10_000) {
  const script = join(await temporaryDirectory(), "main.ts");
  await writeFile(
    script,
    `import { runUntilSignal } from ${JSON.stringify(shutdown)};
     const alive = setInterval(() => {}, 1000);
     const report = (event) => console.error(JSON.stringify(event, (_, value) => (value instanceof Error ? value.message : value)));
     const aborted = (stop) => new Promise((resolve) => stop.addEventListener("abort", resolve));
     await runUntilSignal(async (stop) => { console.error("working"); ${work} }, { graceMs: ${graceMs}, report });
     clearInterval(alive);
     console.error("over");`,
  );
  const started = startCli([], { script });
  await started.says("working");
  return started;
}

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s lets the work end what it began, in its own order", async (signal) => {
    const work = `
      await using stack = new AsyncDisposableStack();
      stack.defer(() => console.error("first opened, last closed"));
      stack.defer(async () => console.error("last opened, first closed"));
      await aborted(stop);`;
    const { process, ended } = await start(work);
    process.kill(signal);
    const { stderr, code } = await ended;
    expect(stderr.split("\n").slice(1)).toEqual([
      `{"kind":"stopping","signal":"${signal}"}`,
      ...["last opened, first closed", "first opened, last closed", "over", ""],
    ]);
    expect(code).toBe(0);
  });

  it("ends the process when the work takes longer than the grace", async () => {
    const { process, ended } = await start("await new Promise(() => {});", 100);
    process.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining("not stopped within 100 ms") });
  });

  it("ends the process at once when it comes a second time", async () => {
    const { process, ended, says } = await start("await new Promise(() => {});");
    process.kill("SIGTERM");
    await says("stopping");
    await pause(300); // sooner, it would be taken for the same signal
    process.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 143, stderr: expect.stringContaining("a second signal") });
  });
});

describe("what nobody caught", () => {
  it.each([
    ["a rejection", "void Promise.reject(new Error('lost')); await aborted(stop);"],
    ["an exception", "setTimeout(() => { throw new Error('lost'); }); await aborted(stop);"],
  ])("%s is reported and ends the process with exit code 1", async (_what, work) => {
    const { ended } = await start(work);
    expect(await ended).toMatchObject({ code: 1, stderr: 'working\n{"kind":"crashed","error":"lost"}\n' });
  });
});
