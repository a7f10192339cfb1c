// The log of a service in this process, as objects.
import { EventEmitter, once } from "node:events";
import { type Log, openLog } from "../../runtime/log.ts";

export interface LogLine {
  msg: string;
  level: number;
  audit?: boolean;
  [field: string]: unknown;
}

export class LogLines {
  readonly lines: LogLine[] = [];
  readonly log: Log;
  readonly #news = new EventEmitter();

  constructor() {
    const write = (line: string) => {
      this.lines.push(JSON.parse(line));
      this.#news.emit("line");
    };
    this.log = openLog("test", "info", { write });
  }

  get audit(): LogLine[] {
    return this.lines.filter(({ audit }) => audit);
  }

  /** The first line, from this many lines on, whose message has the text in it. */
  async says(text: string, from = 0): Promise<LogLine> {
    for (;;) {
      const line = this.lines.slice(from).find(({ msg }) => msg.includes(text));
      if (line !== undefined) return line;
      await once(this.#news, "line");
    }
  }
}
