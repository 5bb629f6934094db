/** Long work on the event loop's thread, cut into pieces. */

export interface SliceOptions<T> {
  /** Items between two turns of the event loop, at the most. */
  readonly size: number;
  /** Told of the items that come next. */
  readonly begin?: (slice: readonly T[]) => void;
  /** Lets the event loop turn. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Items may take long, such as command lines of half a megabyte: then the event loop turns sooner. */
const longestMs = 10;

/** Does the work for each item, in their order. */
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
