/** Documents for programs, which somebody may read on a terminal all the same. */

/** What JSON leaves as it is in texts though terminals obey it: controls beyond ASCII's, line breaks, marks of direction. */
const unsafe = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Writes `\u009b` for such a character: whoever parses it gets what it was. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(unsafe, escapeCharacter)}\n`;
}
