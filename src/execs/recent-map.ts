/** A map that forgets what has not been set or used for long, and what is too much. Pure: who uses it says what time it is. */

export interface RecentMap<V> {
  readonly size: number;
  get(key: number): V | undefined;
  /** As `get`, and keeps the entry for another life. */
  use(key: number, nowUs: number): V | undefined;
  set(key: number, value: V, nowUs: number): void;
  /** A value of the map has changed its weight. */
  weighAgain(value: V): void;
  delete(key: number): void;
  clear(): void;
}

export interface RecentMapOptions<V> {
  /** An entry stays for this long after it was last used, and for twice as long at most. */
  readonly lifeUs: number;
  /** Weight after which the older entries go before their time; there is twice as much at most. */
  readonly limit: number;
  /** What an entry counts of the limit besides its value. */
  readonly entryWeight?: number;
  /** What a value counts; one that several keys share counts once. */
  readonly weigh?: (value: V) => number;
}

/** Two generations: the older one goes as a whole, so that no entry needs a time of its own. */
export function createRecentMap<V>(options: RecentMapOptions<V>): RecentMap<V> {
  const { lifeUs, limit, entryWeight = 1, weigh } = options;
  let recent = new Map<number, V>();
  let previous = new Map<number, V>();
  let beganUs = -Infinity;
  let weights = 0;
  /** Values whose weight is in that of the newer generation. */
  const weighed = new Set<V>();

  function turnOver(nowUs: number): void {
    previous = recent;
    recent = new Map();
    beganUs = nowUs;
    weights = 0;
    weighed.clear();
  }

  function weighOnce(value: V): void {
    if (weigh === undefined || weighed.has(value)) return;
    weighed.add(value);
    weights += weigh(value);
  }

  function set(key: number, value: V, nowUs: number): void {
    if (nowUs - beganUs > lifeUs || weights >= limit) turnOver(nowUs);
    weights += entryWeight;
    weighOnce(value);
    previous.delete(key);
    recent.set(key, value);
  }

  return {
    get size() {
      return recent.size + previous.size;
    },
    get: (key) => recent.get(key) ?? previous.get(key),
    use(key, nowUs) {
      const value = recent.get(key);
      if (value !== undefined) return value;
      const older = previous.get(key);
      if (older !== undefined) set(key, older, nowUs);
      return older;
    },
    set,
    weighAgain(value) {
      if (weighed.delete(value)) weighOnce(value);
    },
    delete(key) {
      recent.delete(key);
      previous.delete(key);
    },
    clear() {
      recent.clear();
      weights = 0;
      weighed.clear();
      previous.clear();
    },
  };
}
