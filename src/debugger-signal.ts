/**
 * Makes SIGUSR1 harmless. By default Node opens a debugger on 127.0.0.1:9229 when it receives this signal, and every user of
 * the host could then run code as the user of this process. This file imports nothing that is slow to load, because it must
 * run before anything else does.
 */

/**
 * When the program looks again for an open debugger, in milliseconds after the start. A signal that came before the handler was
 * installed may open a debugger only later, since Node opens it on another thread.
 */
const afterMs = [0, 10, 100, 1000, 5000];

/** Whether Node's flags or NODE_OPTIONS ask for a debugger (`--inspect`). Such a debugger is left open. */
export function isDebuggerWanted(): boolean {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return words.some((word) => /^--inspect(?:[-_]brk|[-_]wait)?(?:=|$)/.test(word));
}

/** Ignores SIGUSR1 from now on, and closes a debugger that an earlier SIGUSR1 has opened. */
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
