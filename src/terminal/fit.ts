/** Cuts and fills text so that it takes exactly some columns of a terminal. Pure. */

import { escapeControls, widthOf } from "./width.ts";

/** Shown in place of what is cut off. */
const mark = "~";

/** The longest beginning of a text that takes at most so many columns. */
function beginningOf(text: string, columns: number): string {
  let end = 0;
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** A text, escaped, in at most so many columns. Where it is cut off, `~` stands at its end. */
export function cutText(text: string, columns: number): string {
  const safe = escapeControls(text);
  if (widthOf(safe) <= columns) return safe;
  return columns < 1 ? "" : beginningOf(safe, columns - 1) + mark;
}

/** A text, escaped, in exactly so many columns. */
export function fitText(text: string, columns: number, align: "left" | "right" = "left"): string {
  const cut = cutText(text, columns);
  const space = " ".repeat(Math.max(0, columns - widthOf(cut)));
  return align === "left" ? cut + space : space + cut;
}

/** A text, escaped, in lines of at most so many columns, broken between words. A word that is longer is cut off. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of escapeControls(text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(cutText(word, columns));
  }
  return lines;
}
