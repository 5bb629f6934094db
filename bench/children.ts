/** Programs that a benchmark starts: they end with it, however it ends, and none outlives its time limit. */

import { once } from "node:events";
import { constants } from "node:os";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { killStarted } from "../test/support/processes.ts";

/** Kills all started programs when this process exits: by itself, by a signal, by an error, or because of the limit. */
export function guardChildren(limitMs: number): void {
  process.once("exit", killStarted);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${limitMs / 60_000} minutes\n`);
    process.exit(1);
  }, limitMs).unref();
}

const graceMs = 8000;

/** Sends SIGTERM to a program and waits for its end, and SIGKILL where it does not end in time. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}

/** Reads a stream as it comes. @returns a function that gives what has come so far */
export function collectText(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  return () => text;
}
