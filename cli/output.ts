// Where a command's words go. The result goes to stdout, as text or as exactly one JSON document; what happens meanwhile
// goes to stderr, line by line, with one live line below on a terminal.
import { styleText } from "node:util";

export type Format = "bold" | "dim" | "red" | "green" | "yellow";

export interface Look {
  isTerminal: boolean;
  paint(format: Format, text: string): string;
}

export const plain: Look = { isTerminal: false, paint: (_format, text) => text };

export class Output {
  readonly json: boolean;
  #live = "";

  constructor(json: boolean) {
    this.json = json;
  }

  /** The command's result; `text` is for a person. Once a command. */
  result(document: object, text: (look: Look) => string): void {
    this.live("");
    process.stdout.write(
      `${this.json ? JSON.stringify(document, null, 2) : printable(text(lookOf(process.stdout)))}\n`,
    );
  }

  /** A line about what happens. */
  say(text: string | ((look: Look) => string)): void {
    const look = lookOf(process.stderr);
    this.#write(`${this.#erase()}${printable(typeof text === "string" ? text : text(look))}\n${this.#live}`);
  }

  /** The line that stays at the bottom of a terminal until the next call; "" removes it. */
  live(text: string): void {
    if (!process.stderr.isTTY) return;
    const erase = this.#erase();
    this.#live = printable(text).slice(0, (process.stderr.columns || 80) - 1);
    this.#write(erase + this.#live);
  }

  #erase(): string {
    return this.#live === "" ? "" : "\r\u001B[2K";
  }

  #write(text: string): void {
    if (text !== "") process.stderr.write(text);
  }
}

function lookOf(stream: NodeJS.WriteStream): Look {
  return { isTerminal: stream.isTTY === true, paint: (format, text) => styleText(format, text, { stream }) };
}

const escapeCharacter = "\u001B";
const colourOrControl = new RegExp(`${escapeCharacter}\\[\\d+m|\\p{Cc}`, "gu");

/** Names and messages come from other machines: but for colours and line ends they must not steer the terminal. */
function printable(text: string): string {
  return text.replace(colourOrControl, (found) => (found.length > 1 || found === "\n" ? found : "�"));
}
