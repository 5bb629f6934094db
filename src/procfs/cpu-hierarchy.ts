/** Where control groups with the controller `cpu` are mounted, and what their files say. Pure. Source: cgroups(7). */

/** A mounted hierarchy of control groups. */
export interface CpuHierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted, as this process sees it. */
  readonly path: string;
}

interface Mount extends CpuHierarchy {
  /** What of the hierarchy is mounted there, relative to this process's control group namespace: `/..` is above it. */
  readonly root: string;
}

/** A space, tab, line feed or backslash is written as three octal digits (`mangle_path`). */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** Parses a line of /proc/PID/mountinfo: `id parent device root path options [tag...] - type source options`. */
function parseMount(line: string): Mount | undefined {
  const [mount = "", type = ""] = line.split(" - ");
  const [, , , root, path] = mount.split(" ");
  const [name, , options = ""] = type.split(" ");
  if (root === undefined || path === undefined) return undefined;
  const version = name === "cgroup2" ? 2 : name === "cgroup" && options.split(",").includes("cpu") ? 1 : undefined;
  return version && { version, root: unescape(root), path: unescape(path) };
}

/** Greater for a mount that shows more of its hierarchy: one from above this process's namespace, then all of it, then parts. */
function reachOf({ root }: Mount): number {
  const steps = root.split("/").filter((step) => step !== "");
  const up = steps.filter((step) => step === "..").length;
  return 2 * up - steps.length;
}

/**
 * Parses /proc/PID/mountinfo. A controller is in one hierarchy only: where v1 has `cpu`, v2 has none, as on hybrid systems.
 *
 * @returns the mount that shows most of the hierarchy that may have the controller; undefined where there is none
 */
export function parseCpuHierarchy(mountinfo: string): CpuHierarchy | undefined {
  const mounts = mountinfo.split("\n").flatMap((line) => parseMount(line) ?? []);
  const version = mounts.some((mount) => mount.version === 1) ? 1 : 2;
  const [best] = mounts.filter((mount) => mount.version === version).sort((a, b) => reachOf(b) - reachOf(a));
  return best && { version, path: best.path };
}

/** The file that holds a control group's quota. */
export const quotaFiles = { 1: "cpu.cfs_quota_us", 2: "cpu.max" } as const;

/** Whether the text of `cpu.cfs_quota_us` (v1, -1 for none) or `cpu.max` (v2, `max` for none) holds a quota. */
export function parseIsLimited(text: string): boolean {
  return /^[1-9]\d*\b/.test(text);
}

/** Parses `throttled_usec` (v2) or `throttled_time` (v1, ns) of cpu.stat. @returns nanoseconds, summed over CPUs */
export function parseThrottledNs(text: string): number | undefined {
  const [, name, digits] = /^(throttled_usec|throttled_time) (\d{1,20})$/m.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return name === "throttled_usec" ? 1000 * Number(digits) : Number(digits);
}

/** Parses the ids of cgroup.procs, one per line; 0 is a process outside of this process's namespace. */
export function parseIds(text: string): number[] {
  return text.split("\n").flatMap((line) => (/^[1-9]\d{0,9}$/.test(line) ? Number(line) : []));
}
