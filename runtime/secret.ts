// A value that nobody may read in a log, a message or a dump. Whatever prints it prints "…"; who needs it asks for it.
import { inspect } from "node:util";

const shownAs = "…";

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shownAs;
  }

  toJSON(): string {
    return shownAs;
  }

  [inspect.custom](): string {
    return shownAs;
  }
}
