/** Backslashes that somebody doubled as between double quotes, where YAML takes both: the pattern then wants a backslash. */

import { isDoubleQuoted } from "../yaml/source.ts";
import type { Located } from "../yaml/value.ts";

export interface DoubledBackslash {
  /** Where it is in the value. */
  readonly at: number;
  readonly reason: string;
}

/** An escaped backslash before a class or a sign of regular expressions. `C:\\docs` is a path, so no letter may follow. */
const doubled = /(?<=(?:^|[^\\])(?:\\{4})*)\\\\(?:[dDwWsSbB](?![A-Za-z])|[.+*?()[\]{}|^$/])/;

/** The first one in a pattern; undefined between double quotes, where it takes two to write one. */
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
