/**
 * Takes SIGUSR1 away from Node, which answers it with a debugger on 127.0.0.1:9229: every user of this host could then run code
 * as the user of this process. Kept small and without imports that take time: what counts is that it runs first.
 */

import { close, url } from "node:inspector";

/** How soon after the start a debugger that a signal opened before is looked for again, in milliseconds. */
const afterMs = [0, 10, 100, 1000];

/** Whether whoever started Node asked for a debugger: that one stays. */
function isDebuggerWanted(words: readonly string[]): boolean {
  return words.some((word) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(word));
}

/** Closes a debugger that a signal has opened before this program could ignore it. */
function closeDebugger(): void {
  if (url() !== undefined) close();
}

/** From here on SIGUSR1 does nothing. */
export function ignoreDebuggerSignal(): void {
  process.on("SIGUSR1", () => undefined);
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  if (isDebuggerWanted(words)) return;
  for (const ms of afterMs) setTimeout(closeDebugger, ms).unref();
  closeDebugger();
}
