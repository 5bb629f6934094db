/** Waits for the signals that end a command which does not end by itself. */

/** Resolves with the name of the first SIGTERM or SIGINT. A second one of the same name ends the process at once. */
export function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}
