/** A map whose entries stay for a while after they were given up, since what they name may still be asked for. Pure. */

export interface RetainedMap<Value> {
  /** The value of `key`, given up or not; undefined where it was never set or its time is over. */
  get(key: string, nowMs: number): Value | undefined;
  /** The value of `key` where it is not given up. */
  current(key: string): Value | undefined;
  set(key: string, value: Value): void;
  /** Gives `key` up: it stays for the time of retention, or until too many others were given up after it. */
  retire(key: string, nowMs: number): void;
  /** Entries kept, those given up included. */
  readonly size: number;
}

export interface Retention {
  readonly ms: number;
  /** The most entries that stay after they were given up. */
  readonly max: number;
}

export function createRetainedMap<Value>({ ms, max }: Retention): RetainedMap<Value> {
  const current = new Map<string, Value>();
  /** The first one to go is the first one in order. */
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
