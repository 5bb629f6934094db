#!/usr/bin/env node
/**
 * The entry point. It makes SIGUSR1 harmless before anything else is loaded, gives up privileges, and loads the program. If the
 * system's limits stop the loading, it prints a message that names them.
 */

import { ignoreDebuggerSignal } from "./debugger-signal.ts";
import { collectSooner } from "./heap.ts";

await ignoreDebuggerSignal();
collectSooner();

/** Error codes of a system that has no more files, threads or memory for this process. */
const limits = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "ERR_WORKER_OUT_OF_MEMORY", "ERR_WORKER_INIT_FAILED"];

const remedy = "ulimit -n 1024, LimitNOFILE= and TasksMax= in a systemd unit, --ulimit for a container";

try {
  const args = process.argv.slice(2);
  const { harden } = await import("./harden.ts");
  const hardening = await harden(args);
  const { main } = await import("./program.ts");
  await main(args, hardening);
} catch (error) {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (!limits.includes(code)) throw error;
  // This text does not come from the table of errors, because that file may be the one that could not be opened.
  const text = `SYSTEM_LIMIT at start: want files, threads and memory, got ${message}; raise the limit: ${remedy}`;
  process.stderr.write(`taskstats-exporter: ${text}\n`, () => process.exit(1));
}
