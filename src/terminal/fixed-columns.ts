/** Formats the lines of a stream in columns whose places are fixed: no later line is known, so none can move them. */

import { paint, type StyledText } from "./table.ts";
import { escapeControls, widthOf } from "./width.ts";

export interface FixedColumn {
  readonly title: string;
  readonly width: number;
  /** Whether its texts end at the same place, as numbers do. */
  readonly right?: true;
}

export type FixedCell = string | StyledText;

const gap = 2;

/**
 * Formats a line, ended by a line break. Control characters are escaped. Nothing is cut off: a text that is wider than its column moves
 * the next ones of its line, until they find their places again.
 */
export function formatFixed(columns: readonly FixedColumn[], cells: readonly FixedCell[], colour: boolean): string {
  let line = "";
  let at = 0;
  let start = 0;
  columns.forEach(({ width, right = false }, index) => {
    const cell = cells[index] ?? "";
    const text = escapeControls(typeof cell === "string" ? cell : cell.text);
    if (text !== "") {
      const textWidth = widthOf(text);
      const earliest = at === 0 ? 0 : at + gap;
      const begin = Math.max(earliest, right ? start + width - textWidth : start);
      line += " ".repeat(begin - at) + (colour && typeof cell !== "string" ? paint(text, cell.style) : text);
      at = begin + textWidth;
    }
    start += width + gap;
  });
  return `${line}\n`;
}

/** The line of titles. */
export function formatFixedHeader(columns: readonly FixedColumn[], colour: boolean): string {
  const titles = columns.map(({ title }): StyledText => ({ text: title, style: "bold" }));
  return formatFixed(columns, titles, colour);
}
