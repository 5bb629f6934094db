/** Changes of the machine that a test makes and takes back: where it is killed in between, the watchdog of run/ does. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registry, runVariable } from "./run/leftovers.js";

let count = 0;

/**
 * Has a command run where this run of the tests ends before what is returned has been called. Call it before the change.
 *
 * @param command program and arguments; it is run with nobody to read what it writes
 */
export function undoAtDeath(command: readonly string[]): () => void {
  const run = process.env[runVariable];
  if (run === undefined) return () => undefined;
  const folder = join(run, registry.undo);
  mkdirSync(folder, { recursive: true });
  // Their order is that of their names.
  const file = join(folder, `${process.hrtime.bigint().toString().padStart(20, "0")}-${process.pid}-${++count}`);
  writeFileSync(file, JSON.stringify(command));
  return () => rmSync(file, { force: true });
}
