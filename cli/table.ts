// Tables: with a line under the head on a terminal, plain columns elsewhere.
import Table from "cli-table3";
import type { Look } from "./output.ts";

/** A column's title; figures are easier to compare when they stand to the right. */
export type Column = string | { right: string };

const borders = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
];
const noBorders = Object.fromEntries(borders.map((border) => [border, ""]));

export function table(columns: readonly Column[], rows: readonly string[][], look: Look): string {
  const grid = new Table({
    head: columns.map((column) => (typeof column === "string" ? column : column.right)),
    colAligns: columns.map((column) => (typeof column === "string" ? "left" : "right")),
    chars: look.isTerminal ? { ...noBorders, mid: "─", "mid-mid": "─" } : noBorders,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
  });
  grid.push(...rows);
  return grid.toString().replace(/ +$/gm, "");
}
