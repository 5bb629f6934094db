/** Calls a function after some time. Tests pass a timer of their own. */

/** Calls `action` once after `ms` milliseconds. The returned function cancels the call. */
export type Timer = (ms: number, action: () => void) => () => void;

/** The event loop's timers. A timer that is set keeps the process alive. */
export const systemTimer: Timer = (ms, action) => {
  const timeout = setTimeout(action, ms);
  return () => clearTimeout(timeout);
};
