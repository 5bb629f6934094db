/** Does long work on the event loop's thread in slices. */

export interface SliceOptions<T> {
  /** The most items of a slice. */
  readonly size: number;
  /** Called with the items of a slice before the first of them is worked on. */
  readonly begin?: (slice: readonly T[]) => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Some items take long, such as command lines of half a megabyte: after this time it yields inside a slice. */
const longestMs = 10;

/** Calls `work` for each item, in order, and yields after each slice. */
export async function inSlices<T>(
  items: readonly T[],
  options: SliceOptions<T>,
  work: (item: T) => void,
): Promise<void> {
  const { size, begin, yieldToEventLoop } = options;
  for (let from = 0; from < items.length; from += size) {
    const slice = items.slice(from, from + size);
    begin?.(slice);
    let sinceMs = performance.now();
    for (const item of slice) {
      if (performance.now() - sinceMs > longestMs) {
        await yieldToEventLoop();
        sinceMs = performance.now();
      }
      work(item);
    }
    await yieldToEventLoop();
  }
}
