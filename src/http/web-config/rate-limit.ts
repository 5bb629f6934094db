/**
 * The token bucket behind the section `rate_limit` of a web configuration file, and Go's notation for durations.
 * It reads no clock: the caller passes one.
 */

export interface RateLimit {
  /** Time in which one request comes to the allowance; none or less allows everything. */
  readonly intervalMs: number;
  /** Requests that may come at once. None, the default, allows nothing. */
  readonly burst: number;
}

/** Creates a full bucket; each call takes one request's token and says whether there was one. `now` is in milliseconds. */
export function createRateLimiter({ intervalMs, burst }: RateLimit, now: () => number): () => boolean {
  let tokens = burst;
  let takenAt = now();
  return () => {
    if (intervalMs <= 0) return true;
    const at = now();
    const available = Math.min(burst, tokens + (at - takenAt) / intervalMs);
    // A refusal leaves the state alone, so that many of them do not add up rounding errors.
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

/** Go's notation (`1h30m`, `1.5s`, `0`), in milliseconds; `undefined` for any other text. Source: time.ParseDuration. */
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
