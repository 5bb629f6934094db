/**
 * Takes SIGUSR1 away from Node, which answers it with a debugger on 127.0.0.1:9229: every user of this host could then run code
 * as the user of this process. Kept small and without imports that take time: what counts is that it runs first.
 */

/** How soon after the start a debugger that a signal opened before is looked for again, in milliseconds. */
const afterMs = [0, 10, 100, 1000, 5000];

/** Whether whoever started Node asked for a debugger: that one stays. */
export function isDebuggerWanted(): boolean {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return words.some((word) => /^--inspect(?:[-_]brk|[-_]wait)?(?:=|$)/.test(word));
}

/** From here on SIGUSR1 does nothing. A debugger that it has opened before this ran is closed. */
export async function ignoreDebuggerSignal(): Promise<void> {
  process.on("SIGUSR1", () => undefined);
  // Some builds of Node have no debugger.
  if (!process.features.inspector || isDebuggerWanted()) return;
  const { url, close } = await import("node:inspector");
  const closeDebugger = (): void => {
    if (url() !== undefined) close();
  };
  closeDebugger();
  for (const ms of afterMs) setTimeout(closeDebugger, ms).unref();
}
