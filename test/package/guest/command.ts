/** Runs programs of the guest to their end. */

import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** @returns what the program wrote to standard output. @throws Error with its output, where its status is not 0 */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", SYSTEMD_PAGER: "cat", SYSTEMD_COLORS: "0" };
  const { stdout } = await execute(program, args, { env, maxBuffer: 2 ** 26 });
  return stdout.trim();
}

/** As `run`, for a program whose status may be another than 0. */
export async function runAnyhow(program: string, ...args: readonly string[]): Promise<string> {
  return run(program, ...args).catch((error: unknown) => {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    return `${stdout}${stderr}`.trim();
  });
}

/** The interval in which a condition is checked, in milliseconds. */
const pollMs = 200;

/** Waits until a condition holds. The check's own time limit ends a wait for one that never does. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await delay(pollMs);
}
