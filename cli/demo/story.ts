// What happens in the demo, told line by line as it happens.
import type { RunEvent } from "../../proto/gen/stillpoint/v1/RunEvent.ts";
import type { Output } from "../output.ts";

/** The steps of a run that are worth a line. The others block nobody, and every server does them alike. */
const toldSteps = new Set([
  ...["claimed", "round-started", "server-locked", "locked", "snapshot", "window", "dump-stored", "taking-again"],
  ...["taken-without-lock", "started", "undone", "undo-failed"],
]);

export class Story {
  readonly #output: Output;
  readonly #beganAt = performance.now();

  constructor(output: Output) {
    this.#output = output;
  }

  tell(text: string): void {
    const seconds = ((performance.now() - this.#beganAt) / 1000).toFixed(1);
    this.#output.say(({ paint }) => `${paint("dim", `${seconds.padStart(5)} s`)}  ${text}`);
  }

  /** A step of a run, in the coordinator's words where they fit on a line. */
  tellStep(event: RunEvent): void {
    if (event.step === "soft-wait") this.tell(`  waiting, blocking nobody, for ${openWrites(event)}`);
    else if (event.step === "server-busy") this.tell(`  ${event.serverId} is busy with ${openWrites(event)}`);
    else if (toldSteps.has(event.step)) this.tell(`  ${event.text}`);
  }
}

function openWrites({ blockers: [oldest, ...more] }: RunEvent): string {
  if (oldest === undefined) return "somebody";
  const where = oldest.serverId === "" ? "" : ` on ${oldest.serverId}`;
  const others = more.length === 0 ? "" : `, and ${more.length} more`;
  return `a write${where} that has been open for ${(oldest.ageMs / 1000).toFixed(1)} s${others}`;
}
