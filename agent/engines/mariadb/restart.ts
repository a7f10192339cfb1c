// Shutting the server down without a supervisor's commands, for gated-server.ts.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hasReason } from "../../../proto/errors.ts";
import type { Session } from "./session.ts";

/** InnoDB removes it as one of the last things of a clean shutdown, long after the server has stopped listening. */
const temporaryTables = "ibtmp1";

export class Shutdown {
  readonly #open: () => Promise<Session>;
  readonly #marker: string;
  readonly #callTimeoutMs: number;
  /** We have told it to end, and it has files open until the marker is gone. */
  #isEnding = false;

  constructor(dataDir: string, open: () => Promise<Session>, callTimeoutMs: number) {
    this.#open = open;
    this.#marker = join(dataDir, temporaryTables);
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Does nothing if it is down. @throws StillpointError invalid, without the right SHUTDOWN */
  async begin(): Promise<void> {
    const session = await this.#ifUp();
    if (session === undefined) return;
    this.#isEnding = existsSync(this.#marker);
    try {
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
    this.#isEnding &&= existsSync(this.#marker);
    return session !== undefined || this.#isEnding;
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
