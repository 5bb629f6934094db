#!/usr/bin/env node
/**
 * Where Node begins. It takes the debugger's signal away before anything else is loaded, gives up privileges, loads the
 * program, and turns what the system refuses meanwhile into a message.
 */

import { ignoreDebuggerSignal } from "./debugger-signal.ts";

await ignoreDebuggerSignal();

/** What a system without room answers to a program that is being loaded. */
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
  // The table of errors is a file too, and may be the one that could not be opened.
  const text = `SYSTEM_LIMIT at start: want files, threads and memory, got ${message}; raise the limit: ${remedy}`;
  process.stderr.write(`taskstats-exporter: ${text}\n`, () => process.exit(1));
}
