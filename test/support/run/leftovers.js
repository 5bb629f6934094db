/**
 * What a run of the tests leaves on the machine, found and removed: processes, file systems, swap, settings, folders. It
 * knows processes by an environment variable, which all that they start inherit, by their parents, and by a list.
 *
 * JavaScript, as all of this folder: Jest loads it without a transform. Types are in comments and are checked.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The environment variable whose value is the run's folder, which is also TMPDIR. */
export const runVariable = "TASKSTATS_TEST_RUN";

/** Names of what is in a run's folder besides the temporary files of tests. */
export const registry = { processes: ".processes", undo: ".undo" };

/** How long killed processes may take to end: one in the middle of a slow write to a disk takes seconds. */
const endTimeoutMs = 20_000;

/** @typedef {{ pid: number, ppid: number, comm: string, state: string, startTicks: string }} Process */

/** A file of /proc; empty where the process has ended. @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * @param {number} pid
 * @returns {Process | undefined} undefined where there is no such process
 */
export function readProcess(pid) {
  const text = read(`/proc/${pid}/stat`);
  const end = text.lastIndexOf(") ");
  if (end < 0) return undefined;
  const details = text.slice(end + 2).split(" ");
  const comm = text.slice(text.indexOf("(") + 1, end);
  return { pid, ppid: Number(details[1]), comm, state: details[0] ?? "", startTicks: details[19] ?? "" };
}

/** All processes but zombies. @returns {Process[]} */
function listProcesses() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []).filter(({ state }) => state !== "Z" && state !== "X");
}

/**
 * Processes of which `isRoot` says so, and all that descend from them. It is given the variables that a process was started
 * with, as `NAME=value`.
 *
 * @param {(process: Process, variables: readonly string[]) => boolean} isRoot
 * @returns {Process[]} never this process
 */
export function findProcesses(isRoot) {
  const all = listProcesses();
  /** @type {Map<number, Process[]>} */
  const children = new Map();
  for (const one of all) children.set(one.ppid, [...(children.get(one.ppid) ?? []), one]);
  /** @type {Set<Process>} */
  const found = new Set();
  /** @param {Process} one */
  function add(one) {
    if (one.pid === process.pid || found.has(one)) return;
    found.add(one);
    children.get(one.pid)?.forEach(add);
  }
  for (const one of all) if (isRoot(one, read(`/proc/${one.pid}/environ`).split("\0"))) add(one);
  return [...found];
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, or is another user's: then it is found again.
  }
}

/**
 * Kills until nothing is found: what forks meanwhile is found by the next search.
 *
 * @param {() => Process[]} find
 * @returns {Promise<Process[]>} all that were killed
 * @throws {Error} where some do not end
 */
export async function killAll(find) {
  /** @type {Map<number, Process>} */
  const killed = new Map();
  const deadline = performance.now() + endTimeoutMs;
  for (let found = find(); found.length > 0; found = find()) {
    if (performance.now() > deadline) throw new Error(`want an end after SIGKILL, got none: ${describe(found)}`);
    for (const one of found) {
      killed.set(one.pid, one);
      kill(one.pid);
    }
    await pause(5);
  }
  return [...killed.values()];
}

/** @param {readonly Process[]} processes */
export const describe = (processes) => processes.map(({ pid, comm }) => `${comm} (${pid})`).join(", ");

/** A run's folders: for temporary files, for those that must be on a disk, and for those that must be in memory. @param {string} run */
export const foldersOf = (run) => [run, join("/var/tmp", basename(run)), join("/dev/shm", basename(run))];

/** @param {string} command @param {readonly string[]} args */
const call = (command, args) =>
  execFileSync(command, args, { stdio: "ignore", timeout: 30_000, killSignal: "SIGKILL" });

/**
 * Swap files and file systems in a folder, taken off the machine. What a process of another mount namespace mounted went
 * with it.
 *
 * @param {string} folder
 * @returns {string[]} their paths
 */
function detach(folder) {
  const inside = (/** @type {string | undefined} */ path) => path?.startsWith(`${folder}/`) === true;
  const column = (/** @type {string} */ file, /** @type {number} */ index) =>
    read(file)
      .split("\n")
      .map((line) => line.split(/\s+/)[index])
      .filter(inside);
  const swaps = /** @type {string[]} */ (column("/proc/swaps", 0));
  const mounts = /** @type {string[]} */ (column("/proc/self/mountinfo", 4)).reverse();
  for (const path of swaps) call("swapoff", [path]);
  for (const path of mounts) call("umount", [path]);
  return [...swaps, ...mounts];
}

/** How often what undoes a change is tried: a control group stays busy for a moment after its last process was killed. */
const undoTries = 50;

/**
 * Runs what undoes a test's change of the machine.
 *
 * @param {string} file a list of program and arguments
 */
async function undo(file) {
  /** @type {unknown} */
  const written = JSON.parse(readFileSync(file, "utf8"));
  const [command = "", ...args] = /** @type {string[]} */ (written);
  for (let tries = 1; ; tries++) {
    try {
      call(command, args);
      return [`what takes: ${[command, ...args].join(" ")}`];
    } catch (error) {
      if (tries === undoTries) throw error;
      await pause(100);
    }
  }
}

/**
 * Ends and removes all that a run has left.
 *
 * @param {string} run its folder
 * @returns {Promise<string[]>} what was left, temporary files aside
 */
export async function removeLeftovers(run) {
  /** @type {string[]} */
  const left = [];
  const listed = new Set(read(join(run, registry.processes)).split("\n"));
  /** @type {Parameters<typeof findProcesses>[0]} */
  const isOwn = ({ pid, startTicks }, variables) =>
    variables.includes(`${runVariable}=${run}`) || listed.has(`${pid} ${startTicks}`);
  /** @param {() => string[] | Promise<string[]>} step */
  async function attempt(step) {
    try {
      left.push(...(await step()));
    } catch (error) {
      left.push(error instanceof Error ? error.message : String(error));
    }
  }
  await attempt(async () => {
    const killed = await killAll(() => findProcesses(isOwn));
    return killed.map((process) => `the process ${describe([process])}`);
  });
  const undoFolder = join(run, registry.undo);
  const changes = existsSync(undoFolder) ? readdirSync(undoFolder).sort().reverse() : [];
  for (const name of changes) await attempt(() => undo(join(undoFolder, name)));
  for (const folder of foldersOf(run)) {
    await attempt(() => detach(folder));
    await attempt(() => (rmSync(folder, { recursive: true, force: true }), []));
  }
  return left;
}
