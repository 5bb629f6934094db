/**
 * Starts processes that are preferred to others, or give way to them.
 *
 * Where the kernel makes autogroups, the nice value of a process counts only among the tasks of its session, and the
 * session has another one among all sessions. So each process with a nice value gets a session of its own, with the
 * same value.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { spawn } from "./processes.ts";

/** @param nice from -20, which is preferred to all others, to 19 */
export async function startNice(nice: number, command: readonly string[]): Promise<ChildProcess> {
  const child = spawn("nice", ["-n", String(nice), ...command], { detached: true });
  await once(child, "spawn");
  const autogroup = `/proc/${child.pid ?? 0}/autogroup`;
  if (existsSync(autogroup)) writeFileSync(autogroup, String(nice));
  return child;
}

/** Ends processes with SIGTERM and waits until they have exited; those that have exited before are left out. */
export async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const closed = running.map((child) => once(child, "close"));
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(closed);
}
