/** Notes how to undo a test's change of the machine. Where the test is killed, the watchdog of run/ undoes the change. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registry, runVariable } from "./run/leftovers.js";

let count = 0;

/**
 * Notes a command, which is run where this run of the tests ends before the returned function has been called. Call
 * it before the change.
 *
 * @param command program and arguments; nobody reads its output
 */
export function undoAtDeath(command: readonly string[]): () => void {
  const run = process.env[runVariable];
  if (run === undefined) return () => undefined;
  const folder = join(run, registry.undo);
  mkdirSync(folder, { recursive: true });
  // The commands are run in the reverse order of these names.
  const file = join(folder, `${process.hrtime.bigint().toString().padStart(20, "0")}-${process.pid}-${++count}`);
  writeFileSync(file, JSON.stringify(command));
  return () => rmSync(file, { force: true });
}
