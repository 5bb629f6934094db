/** Remembers the results of a pure function of a text. */

/** Results that are kept for one function. Few users and control groups start most processes. */
const memoSize = 512;

/** Results for longer texts are not kept, so that the results of one function stay below a megabyte. */
const memoTextLength = 512;

/** The same function with a bounded memory. When the memory is full, all of it is cleared. */
export function memoize<T>(find: (text: string) => T | undefined): (text: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  /** The same text often comes many times in a row. */
  let last: { readonly text: string; readonly found: T | undefined } | undefined;

  function findOnce(text: string): T | undefined {
    const remembered = known.get(text);
    if (remembered !== undefined || known.has(text)) return remembered;
    const found = find(text);
    if (known.size >= memoSize) known.clear();
    known.set(text, found);
    return found;
  }

  return (text) => {
    if (text.length > memoTextLength) return find(text);
    if (last?.text !== text) last = { text, found: findOnce(text) };
    return last.found;
  };
}
