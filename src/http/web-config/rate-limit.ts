/** The token bucket of the section `rate_limit`, and Go's notation for durations. Reads no clock: the caller passes one. */

export interface RateLimit {
  /** The time in which one request becomes allowed. 0 or less allows everything. */
  readonly intervalMs: number;
  /** How many requests may come at once. 0, the default, allows nothing. */
  readonly burst: number;
}

/** Creates a full bucket. Each call takes a token for one request and returns whether there was one. `now` is in milliseconds. */
export function createRateLimiter({ intervalMs, burst }: RateLimit, now: () => number): () => boolean {
  let tokens = burst;
  let takenAt = now();
  return () => {
    if (intervalMs <= 0) return true;
    const at = now();
    const available = Math.min(burst, tokens + (at - takenAt) / intervalMs);
    // A refusal does not change the state, so that many refusals do not add up rounding errors.
    if (available < 1) return false;
    tokens = available - 1;
    takenAt = at;
    return true;
  };
}

const msPerUnit: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Parses Go's notation (`1h30m`, `1.5s`, `0`) to milliseconds; `undefined` for any other text. Source: time.ParseDuration. */
export function parseDuration(text: string): number | undefined {
  const [, sign, body = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0;
  for (const [, amount, unit = ""] of body.matchAll(/([\d.]+)([^\d.]+)/g)) {
    total += Number(amount) * (msPerUnit.get(unit) ?? NaN);
  }
  return sign === "-" ? -total : total;
}
