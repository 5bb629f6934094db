/** Results as Markdown. Pure. */

import type { Spread } from "./statistics.ts";

export type Cell = string | number;

/** A table; columns of numbers are aligned to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(String));
  const isNumeric = head.map((_, column) => texts.every((row) => /^[-\d.,/ ]*$/.test(row[column] ?? "")));
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...texts.map((row) => cellAt(row, column).length)),
  );
  const pad = (text: string, column: number): string =>
    isNumeric[column] === true ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  const line = (row: readonly string[]): string => `| ${head.map((_, at) => pad(cellAt(row, at), at)).join(" | ")} |`;
  const rule = widths.map((width, at) => (isNumeric[at] === true ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(head), `| ${rule.join(" | ")} |`, ...texts.map(line)].join("\n");
}

function cellAt(row: readonly string[], column: number): string {
  return row[column] ?? "";
}

export function formatNumber(value: number, digits = 1): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Least, median, greatest: `1.0 / 1.2 / 3.0`. */
export function formatSpread({ min, median, max }: Spread, digits = 1): string {
  return [min, median, max].map((value) => formatNumber(value, digits)).join(" / ");
}

/** One line with a target and what was measured. */
export function formatTarget(target: string, measured: string): string {
  return `target: ${target}; measured: ${measured}`;
}
