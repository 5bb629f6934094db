/** Waiting as the program does it; tests put their own in its place. */

/** Calls `action` once after so many milliseconds, unless what it returns is called before. */
export type Timer = (ms: number, action: () => void) => () => void;

/** The event loop's timers, which keep the process alive. */
export const systemTimer: Timer = (ms, action) => {
  const timeout = setTimeout(action, ms);
  return () => clearTimeout(timeout);
};
