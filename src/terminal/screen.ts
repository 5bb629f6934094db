/** What a full-screen program writes to a terminal. Source: XTerm Control Sequences (ctlseqs), DEC private modes. Pure. */

/** Alternate screen, hidden cursor, no wrap at the right edge: a line whose width was measured wrongly must not move the others. */
export const enterScreen = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J";

/** Undoes `enterScreen`: what was on the terminal before is there again. */
export const leaveScreen = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

/** Paints a whole screen over the one before, without clearing it first, which would flicker. @param lines at most one for each row */
export function paintScreen(lines: readonly string[]): string {
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`;
}
