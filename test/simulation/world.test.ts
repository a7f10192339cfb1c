// What the simulation's own promises are: the same seed is the same run, and time and disks behave as they must.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { Coverage } from "./coverage.ts";
import { FileSystem } from "./file-system.ts";
import { Random } from "./random.ts";
import { runSeed } from "./run-seed.ts";
import { Scheduler } from "./scheduler.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await runSeed({ seed, onTrace: (line) => lines.push(line) });
  return lines;
}

describe("the same seed", () => {
  it.each([7, 42, 255])("%i gives the same trace again, also in another process", async (seed) => {
    const trace = await traceOf(seed);
    expect(trace.length).toBeGreaterThan(100);
    expect(await traceOf(seed)).toEqual(trace);
    const { stdout } = await promisify(execFile)(process.execPath, [main, "--seed", String(seed)], { maxBuffer: 1e8 });
    expect(stdout.split("\n").slice(0, trace.length)).toEqual(trace);
  });

  it("is another run than the next one", async () => {
    expect(await traceOf(8)).not.toEqual(await traceOf(7));
  });
});

describe("chance", () => {
  it("of one concern is not changed by draws for another", () => {
    const [one, other] = [new Random(1), new Random(1)];
    one.split("disk").next();
    one.next();
    expect(one.split("network").next()).toBe(other.split("network").next());
  });
});

describe("time", () => {
  it("moves to the next event only when all that is due has happened", async () => {
    const scheduler = new Scheduler();
    const order: string[] = [];
    scheduler.after(2, undefined, () => order.push(`second at ${scheduler.now}`));
    scheduler.after(1, undefined, () => {
      void Promise.resolve()
        .then(() => {})
        .then(() => order.push(`settled at ${scheduler.now}`));
    });
    await scheduler.run(
      () => false,
      10,
      () => {},
    );
    expect(order).toEqual(["settled at 1", "second at 2"]);
    expect(scheduler.now).toBe(10);
  });

  it("of who is paused comes later, of who is dead never", async () => {
    const scheduler = new Scheduler();
    const late: (() => void)[] = [];
    const ran: string[] = [];
    scheduler.after(1, { state: "paused", defer: (run) => late.push(run) }, () => ran.push("paused"));
    scheduler.after(1, { state: "dead", defer: () => {} }, () => ran.push("dead"));
    await scheduler.run(
      () => false,
      10,
      () => {},
    );
    expect(ran).toEqual([]);
    for (const run of late) run();
    expect(ran).toEqual(["paused"]);
  });
});

describe("a power cut", () => {
  /** What is left of a file after power cuts of many kinds. */
  function leftAfterCuts(prepare: (files: FileSystem) => void, path: string): Set<string | undefined> {
    const found = Array.from({ length: 60 }, (_, seed) => {
      const files = new FileSystem();
      files.makeDirectory("/data/pieces");
      for (const each of ["/", "/data", "/data/pieces"]) files.sync(each);
      prepare(files);
      files.cutPower(new Random(seed));
      return files.find(path)?.data?.toString();
    });
    return new Set(found);
  }

  const write = (files: FileSystem) => void files.create("/data/file", Buffer.from("whole"));

  it("loses or tears what was not synced", () => {
    const left = leftAfterCuts((files) => {
      write(files);
      files.sync("/data");
    }, "/data/file");
    expect(left).toContain("");
    expect(left).toContain("whole");
    expect(left.size).toBeGreaterThan(2);
  });

  it("loses a name whose directory was not synced", () => {
    const left = leftAfterCuts((files) => {
      write(files);
      files.sync("/data/file");
    }, "/data/file");
    expect(left).toEqual(new Set(["whole", undefined]));
  });

  it("leaves what was synced, file and directory", () => {
    const left = leftAfterCuts((files) => {
      write(files);
      files.sync("/data/file");
      files.sync("/data");
    }, "/data/file");
    expect(left).toEqual(new Set(["whole"]));
  });

  it("leaves a rename in both directories or in none, whichever of them was synced", () => {
    const rename = (files: FileSystem) => {
      write(files);
      files.sync("/data/file");
      files.sync("/data");
      files.rename("/data/file", "/data/pieces/file");
      files.sync("/data/pieces");
    };
    expect(leftAfterCuts(rename, "/data/pieces/file")).toEqual(new Set(["whole"]));
    expect(leftAfterCuts(rename, "/data/file")).toEqual(new Set([undefined]));
  });

  it("does not touch what another link of the same file has synced", () => {
    const left = leftAfterCuts((files) => {
      write(files);
      files.link("/data/file", "/data/pieces/linked");
      files.sync("/data/file");
      files.sync("/data/pieces");
    }, "/data/pieces/linked");
    expect(left).toEqual(new Set(["whole"]));
  });

  it("cannot take away what a disk that lies has never kept, but loses it", () => {
    const left = leftAfterCuts((files) => {
      files.syncLies = true;
      write(files);
      files.sync("/data/file");
      files.sync("/data");
    }, "/data/file");
    expect(left).toContain(undefined);
  });
});

describe("coverage", () => {
  it("names what was never met", () => {
    const coverage = new Coverage();
    coverage.hit("a fault");
    coverage.add([["a fault", 2]]);
    expect(coverage.counts.get("a fault")).toBe(3);
    expect(coverage.missing(["a fault", "another"])).toEqual(["another"]);
  });
});
