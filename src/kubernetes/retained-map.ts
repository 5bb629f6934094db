/** A map in which a retired entry can still be found for a while. It reads no clock: the caller passes the time. */

export interface RetainedMap<Value> {
  /** The value of `key`, current or retired; undefined if it was never set or its retention is over. */
  get(key: string, nowMs: number): Value | undefined;
  /** The value of `key` if it is not retired. */
  current(key: string): Value | undefined;
  /** Sets the value of `key`, which is current from then on. */
  set(key: string, value: Value): void;
  /** Retires `key`: it stays for the retention, or until too many others were retired after it. */
  retire(key: string, nowMs: number): void;
  /** Number of entries, current and retired. */
  readonly size: number;
}

export interface Retention {
  readonly ms: number;
  /** The most retired entries that are kept. */
  readonly max: number;
}

export function createRetainedMap<Value>({ ms, max }: Retention): RetainedMap<Value> {
  const current = new Map<string, Value>();
  /** In the order in which their retention ends. */
  const retired = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  function prune(nowMs: number): void {
    for (const [key, { untilMs }] of retired) {
      if (retired.size <= max && untilMs > nowMs) return;
      retired.delete(key);
    }
  }

  return {
    get(key, nowMs) {
      const value = current.get(key);
      if (value !== undefined) return value;
      const kept = retired.get(key);
      return kept !== undefined && kept.untilMs > nowMs ? kept.value : undefined;
    },
    current: (key) => current.get(key),
    set(key, value) {
      retired.delete(key);
      current.set(key, value);
    },
    retire(key, nowMs) {
      const value = current.get(key);
      if (value === undefined) return;
      current.delete(key);
      retired.delete(key);
      retired.set(key, { value, untilMs: nowMs + ms });
      prune(nowMs);
    },
    get size() {
      return current.size + retired.size;
    },
  };
}
