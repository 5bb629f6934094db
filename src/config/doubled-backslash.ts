/**
 * Finds backslashes in a pattern that were doubled as double quotes need it, in a text without double quotes. YAML keeps both
 * there, so that the pattern asks for a backslash in the text.
 */

import { isDoubleQuoted } from "../yaml/source.ts";
import type { Located } from "../yaml/value.ts";

export interface DoubledBackslash {
  /** Index of the backslashes in the value. */
  readonly at: number;
  readonly reason: string;
}

/**
 * Two backslashes before a class or a special character of regular expressions. No letter may follow a class: `C:\\docs` is a
 * path.
 */
const doubled = /(?<=(?:^|[^\\])(?:\\{4})*)\\\\(?:[dDwWsSbB](?![A-Za-z])|[.+*?()[\]{}|^$/])/;

/** Finds the first doubled backslash in a pattern; undefined between double quotes, where one backslash is written as two. */
export function findDoubledBackslash({ value, node }: Located): DoubledBackslash | undefined {
  if (typeof value !== "string" || isDoubleQuoted(node)) return undefined;
  const found = doubled.exec(value);
  if (found === null) return undefined;
  const written = found[0];
  return {
    at: found.index,
    reason: `${written} wants a backslash in the text: outside of double quotes ${written.slice(1)} is enough`,
  };
}
