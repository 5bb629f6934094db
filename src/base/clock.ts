/** Time as the program sees it; tests put their own in its place. */
export interface Clock {
  /** Microseconds since some moment, at the pace of CLOCK_MONOTONIC, from which the kernel computes `ac_etime`. */
  monotonicUs(): number;
  /** Seconds since 1970, UTC. */
  unixSeconds(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicUs: () => performance.now() * 1000,
  unixSeconds: () => Date.now() / 1000,
};
