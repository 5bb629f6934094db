/**
 * Makes text safe for a terminal, and measures its width in columns. Users choose the names and arguments of their processes, which
 * can be any bytes. Source: Unicode Standard Annex 11, East Asian Width.
 */

/** Control characters (with line breaks and escape sequences), line separators, marks of direction, and lone surrogates. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}]/gu;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters that take no column: marks on the previous character, and invisible ones. */
const narrow = /[\p{Mn}\p{Me}\p{Cf}]/u;

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
}

/** Escapes unsafe characters, as in `\x1b`, so that no name can move the cursor, colour the screen or break the line. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** How many columns a text takes. It must not contain control characters. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (wide.test(character)) width += 2;
    else if (!narrow.test(character)) width++;
  }
  return width;
}
