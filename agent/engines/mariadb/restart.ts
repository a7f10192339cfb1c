// Shutting the server down without a supervisor's commands, for gated-server.ts.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { hasReason } from "../../../proto/errors.ts";
import type { Session } from "./session.ts";

/** InnoDB removes it at the end of a clean shutdown, long after the server has stopped listening. */
const temporaryTables = "ibtmp1";

export class Shutdown {
  readonly #open: () => Promise<Session>;
  readonly #dataDir: string;
  readonly #callTimeoutMs: number;
  /** We have told it to end, and it has files open until these are gone: the last is that of its process id. */
  #markers: string[] = [];

  constructor(dataDir: string, open: () => Promise<Session>, callTimeoutMs: number) {
    this.#open = open;
    this.#dataDir = dataDir;
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Does nothing if it is down. @throws StillpointError invalid, without the right SHUTDOWN */
  async begin(): Promise<void> {
    const session = await this.#ifUp();
    if (session === undefined) return;
    try {
      const [row] = await session.ask("SELECT @@pid_file pid", this.#callTimeoutMs);
      const markers = [temporaryTables, String(row?.pid)].map((path) => resolve(this.#dataDir, path));
      this.#markers = markers.filter((path) => existsSync(path)); // one may be out of our sight, in another container
      await session.ask("SHUTDOWN", this.#callTimeoutMs);
    } catch (error) {
      if (!session.ended.aborted) throw error; // else it ended before it could answer
    } finally {
      session.destroy();
    }
  }

  async isUp(): Promise<boolean> {
    const session = await this.#ifUp();
    session?.destroy();
    this.#markers = this.#markers.filter((path) => existsSync(path));
    return session !== undefined || this.#markers.length > 0;
  }

  async #ifUp(): Promise<Session | undefined> {
    try {
      return await this.#open();
    } catch (error) {
      if (hasReason(error, "unreachable")) return undefined;
      throw error;
    }
  }
}
