/** Begins a run of the tests: its folders, and the watchdog that removes what it leaves. */

import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { foldersOf, registry, runVariable } from "./leftovers.js";

/** Where teardown.js finds the end of the run. */
export const endOfRun = Symbol.for("taskstats-exporter end of the run");

/** Jest has to end by itself this long after its last test. The variable is for the test of this, which waits for it. */
const exitTimeoutMs = Number(process.env["TASKSTATS_TEST_EXIT_TIMEOUT_MS"] ?? 10_000);

/** Makes the folders of a run. Tests run programs as other users, which reach what is in them by its name. */
function makeFolders() {
  const run = mkdtempSync(join(tmpdir(), "taskstats-tests-"));
  chmodSync(run, 0o711);
  mkdirSync(join(run, registry.undo));
  for (const folder of foldersOf(run).filter((other) => other !== run && existsSync(dirname(other))))
    mkdirSync(folder, { mode: 0o711 });
  return run;
}

/** @param {string} run */
function startWatchdog(run) {
  const script = fileURLToPath(new URL("watchdog.js", import.meta.url));
  // A session of its own: Ctrl-C at the terminal is for the tests alone.
  const child = spawn(process.execPath, [script, run], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  // It keeps Jest from ending only while its answer is waited for.
  /** @type {unknown} */
  const all = [child, child.stdin, child.stdout];
  const handles = /** @type {{ ref(): void, unref(): void }[]} */ (all);
  for (const handle of handles) handle.unref();
  /** @returns {Promise<unknown>} what it says */
  return async () => {
    for (const handle of handles) handle.ref();
    child.stdin.end();
    /** @type {unknown} */
    const said = JSON.parse(await text(child.stdout));
    watchExit();
    return said;
  };
}

/** Jest waits for what a test left open, for ever where it does not end: says what that is, and ends with a failure. */
function watchExit() {
  const timer = setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`Jest does not end by itself, which is a failure: a test left something open (${open})\n`);
    process.exit(1);
  }, exitTimeoutMs);
  timer.unref();
}

/** Called by Jest before the first test. */
export default function setUp() {
  const run = makeFolders();
  Object.assign(globalThis, { [endOfRun]: startWatchdog(run) });
  process.env["TMPDIR"] = run;
  process.env[runVariable] = run;
}
