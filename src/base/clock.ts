/** Time as the program sees it; tests put their own in its place. */
export interface Clock {
  /** Microseconds of CLOCK_MONOTONIC, the clock from which the kernel computes `ac_etime`. */
  monotonicUs(): number;
  /** Seconds since 1970, UTC. */
  unixSeconds(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicUs: () => Number(process.hrtime.bigint() / 1000n),
  unixSeconds: () => Date.now() / 1000,
};
