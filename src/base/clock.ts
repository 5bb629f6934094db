/** The time of day and the time that has passed. Tests pass a clock of their own. */
export interface Clock {
  /** Microseconds since an arbitrary moment. Runs as fast as CLOCK_MONOTONIC, from which the kernel computes `ac_etime`. */
  monotonicUs(): number;
  /** Seconds since 1970, UTC. */
  unixSeconds(): number;
}

/** Reads the clocks of this machine. */
export const systemClock: Clock = {
  monotonicUs: () => performance.now() * 1000,
  unixSeconds: () => Date.now() / 1000,
};
