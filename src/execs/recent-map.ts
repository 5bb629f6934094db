/** A map with a bounded size that forgets entries which have not been set or used for long. Pure: the caller gives the time. */

export interface RecentMap<V> {
  readonly size: number;
  get(key: number): V | undefined;
  /** As `get`; also keeps the entry for another life. */
  use(key: number, nowUs: number): V | undefined;
  set(key: number, value: V, nowUs: number): void;
  /** Call it when a value of the map has changed its weight. */
  weighAgain(value: V): void;
  delete(key: number): void;
  clear(): void;
}

export interface RecentMapOptions<V> {
  /** An entry stays at least this long after its last use, and at most twice as long. */
  readonly lifeUs: number;
  /** Weight of a generation. When it is reached, the older generation is dropped early; the map holds at most twice as much. */
  readonly limit: number;
  /** Weight of an entry besides its value. The default is 1. */
  readonly entryWeight?: number;
  /** Weight of a value. A value that several keys share counts once. */
  readonly weigh?: (value: V) => number;
}

/** The map has two generations. The older one is dropped as a whole, so that no entry needs a time of its own. */
export function createRecentMap<V>(options: RecentMapOptions<V>): RecentMap<V> {
  const { lifeUs, limit, entryWeight = 1, weigh } = options;
  let recent = new Map<number, V>();
  let previous = new Map<number, V>();
  let beganUs = -Infinity;
  let weights = 0;
  /** Values whose weight is already in the weight of the newer generation. */
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
