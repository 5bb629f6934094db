/** A map that forgets what has not been set or used for long, and what is too much. Pure: who uses it says what time it is. */

export interface RecentMap<V> {
  readonly size: number;
  get(key: number): V | undefined;
  /** As `get`, and keeps the entry for another life. */
  use(key: number, nowUs: number): V | undefined;
  /** @param weight what it counts of the limit */
  set(key: number, value: V, nowUs: number, weight?: number): void;
  delete(key: number): void;
  clear(): void;
}

export interface RecentMapOptions {
  /** An entry stays for this long after it was last used, and for twice as long at most. */
  readonly lifeUs: number;
  /** Weight after which the older entries go before their time; there is twice as much at most. */
  readonly limit: number;
}

/** Two generations: the older one goes as a whole, so that no entry needs a time of its own. */
export function createRecentMap<V>({ lifeUs, limit }: RecentMapOptions): RecentMap<V> {
  let recent = new Map<number, V>();
  let former = new Map<number, V>();
  let beganUs = -Infinity;
  let weights = 0;

  function set(key: number, value: V, nowUs: number, weight = 1): void {
    if (nowUs - beganUs > lifeUs || weights >= limit) {
      former = recent;
      recent = new Map();
      beganUs = nowUs;
      weights = 0;
    }
    weights += weight;
    former.delete(key);
    recent.set(key, value);
  }

  return {
    get size() {
      return recent.size + former.size;
    },
    get: (key) => recent.get(key) ?? former.get(key),
    use(key, nowUs) {
      const value = recent.get(key);
      if (value !== undefined) return value;
      const older = former.get(key);
      if (older !== undefined) set(key, older, nowUs);
      return older;
    },
    set,
    delete(key) {
      recent.delete(key);
      former.delete(key);
    },
    clear() {
      recent.clear();
      weights = 0;
      former.clear();
    },
  };
}
