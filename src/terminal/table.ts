/** Formats tables for a terminal: columns are aligned, numbers to the right; colours are optional. */

import { escapeControls, widthOf } from "./width.ts";

export type Style = "bold" | "dim" | "green" | "yellow" | "red";

/** A text with a style of its own. */
export interface StyledText {
  readonly text: string;
  readonly style: Style;
}

export type Cell = string | number | StyledText;

export interface TableOptions {
  /** Titles of the columns. Where left out, the table has no line of titles. */
  readonly header?: readonly string[];
  readonly colour: boolean;
}

/** Codes of Select Graphic Rendition, to begin a style and to end that style alone. Source: ECMA-48, section 8.3.117. */
const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
};

const gap = "  ";

/** A cell with its text escaped and measured, not yet styled. */
interface Written {
  readonly text: string;
  readonly width: number;
  readonly style: Style | undefined;
  readonly right: boolean;
}

function writeCell(cell: Cell): Written {
  const text = escapeControls(typeof cell === "object" ? cell.text : String(cell));
  const style = typeof cell === "object" ? cell.style : undefined;
  return { text, width: widthOf(text), style, right: typeof cell === "number" };
}

/** Puts the codes of a style around a text, which must have no control characters of its own. */
export function paint(text: string, style: Style | undefined): string {
  if (style === undefined || text === "") return text;
  const [on, off] = codes[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Aligns a title to the right where all cells below it are numbers. */
function writeHeader(header: readonly string[], body: readonly (readonly Written[])[]): readonly Written[] {
  return header.map((text, column) => ({
    ...writeCell({ text, style: "bold" }),
    right: body.length > 0 && body.every((row) => row[column]?.right !== false),
  }));
}

/** Formats each row as one line, ended by a line break. Control characters are escaped. Rows may have different lengths. */
export function formatTable(rows: readonly (readonly Cell[])[], { header, colour }: TableOptions): string {
  const body = rows.map((row) => row.map(writeCell));
  const lines = header === undefined ? body : [writeHeader(header, body), ...body];
  const widths: number[] = [];
  for (const line of lines) {
    for (const [column, { width }] of line.entries()) widths[column] = Math.max(widths[column] ?? 0, width);
  }
  function place({ text, width, style, right }: Written, column: number, line: readonly Written[]): string {
    const space = " ".repeat((widths[column] ?? 0) - width);
    const painted = colour ? paint(text, style) : text;
    if (right) return space + painted;
    return column === line.length - 1 ? painted : painted + space;
  }
  return lines.map((line) => `${line.map(place).join(gap).trimEnd()}\n`).join("");
}
