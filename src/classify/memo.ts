/** Remembers what a pure function made of a text. */

/** Results kept per function. Few users and control groups start most processes. */
const memoSize = 512;

/** Longer texts are looked at anew each time, so that a memo stays below a megabyte. */
const memoTextLength = 512;

/** The same function with a bounded memory: when it is full it begins anew. */
export function memoize<T>(find: (text: string) => T | undefined): (text: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined || known.has(text)) return remembered;
    const found = find(text);
    if (text.length > memoTextLength) return found;
    if (known.size >= memoSize) known.clear();
    known.set(text, found);
    return found;
  };
}
