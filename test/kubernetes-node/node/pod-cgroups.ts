/** The control groups that a kubelet makes for pods, in whatever hierarchies this machine has mounted. */

import { existsSync, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { untilHolds } from "../wait.ts";

/** `/kubepods` of each hierarchy that has it. */
function roots(): string[] {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  return mounts
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, path = ""]) => join(path, "kubepods"))
    .filter((path) => existsSync(path));
}

/** A group and all below it, the innermost first. */
function groupsOf(path: string): string[] {
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap(({ name }) => groupsOf(join(path, name))), path];
}

const processesOf = (group: string): number[] =>
  readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);

/** Ids of all processes in pods. */
export function podProcesses(): ReadonlySet<number> {
  return new Set(roots().flatMap(groupsOf).flatMap(processesOf));
}

/** Ends a process; one that has ended meanwhile is none to end. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function removeOnce(): void {
  for (const pid of podProcesses()) killProcess(pid);
  for (const group of roots().flatMap(groupsOf)) rmdirSync(group);
}

/** Kills what runs in pods and removes their groups, which the kernel allows only once all have ended. */
export async function removePodCgroups(): Promise<void> {
  await untilHolds("control groups of pods removed", () => Promise.resolve().then(removeOnce));
}
