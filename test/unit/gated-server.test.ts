// A gate is shut while a server is stopped for a restore, and never for longer.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startGated, stopGated } from "../../agent/engines/gated-server.ts";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { quickDisk } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const limits = { timeoutMs: 1000, signal: new AbortController().signal };
const mayNot = new StillpointError("invalid", "Access denied; you need (at least one of) the SHUTDOWN privilege(s)");

async function openServer() {
  const dataDir = await temporaryDirectory();
  await quickDisk.makeDirectory(join(dataDir, "backups"));
  let isUp = true;
  const server = {
    dataDir,
    shutDown: async () => {
      isUp = false;
    },
    isUp: async () => isUp,
    inspect: async () => ({ healthy: true, problem: "", version: "1.0", openWrites: [] }),
  };
  return { server, isShut: async () => (await quickDisk.names(join(dataDir, "backups"))).includes(".gate") };
}

describe("the gate", () => {
  it("is shut from before the shutdown until the start", async () => {
    const { server, isShut } = await openServer();
    await stopGated(server, limits);
    expect(await isShut()).toBe(true);
    await startGated(server, limits);
    expect(await isShut()).toBe(false);
  });

  it("is open after a shutdown that was refused: the server runs on, and nothing would open it", async () => {
    const { server, isShut } = await openServer();
    const stopping = stopGated({ ...server, shutDown: () => Promise.reject(mayNot) }, limits);
    expect(await rejectionOf(stopping)).toBe(mayNot);
    expect(await isShut()).toBe(false);
  });

  it("stays shut if it was before", async () => {
    const { server, isShut } = await openServer();
    await stopGated(server, limits);
    expect(await rejectionOf(stopGated({ ...server, shutDown: () => Promise.reject(mayNot) }, limits))).toBe(mayNot);
    expect(await isShut()).toBe(true);
  });
});
