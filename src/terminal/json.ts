/** Formats JSON for programs, safe to show on a terminal as well. */

/** Characters that terminals obey and JSON.stringify does not escape: DEL and C1 controls, line separators, marks of direction. */
const unsafe = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Formats a value as indented JSON. Unsafe characters are escaped, as in `\u009b`, so that a parser gets the same value. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(unsafe, escapeCharacter)}\n`;
}

/** Formats a value as one line of JSON, as `formatJson` does otherwise: for a stream with one object on each line (NDJSON). */
export function formatJsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(unsafe, escapeCharacter)}\n`;
}
