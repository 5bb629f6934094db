/** Parses where control groups with the controller `cpu` are mounted, and the texts of their files. Pure. Source: cgroups(7). */

/** A mounted hierarchy of control groups. */
export interface CpuHierarchy {
  readonly version: 1 | 2;
  /** The mount point, as this process sees it. */
  readonly path: string;
}

interface Mount extends CpuHierarchy {
  /** The control group that is mounted there, relative to this process's control group namespace: `/..` is above its root. */
  readonly root: string;
}

/** The kernel writes a space, tab, line feed or backslash as a backslash and three octal digits (`mangle_path`). */
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

/** Ranks a mount by how much it shows: most from above this process's namespace, then the whole namespace, then parts of it. */
function reachOf({ root }: Mount): number {
  const steps = root.split("/").filter((step) => step !== "");
  const up = steps.filter((step) => step === "..").length;
  return 2 * up - steps.length;
}

/**
 * Finds the hierarchy with the controller `cpu` in /proc/PID/mountinfo. Only one hierarchy has it: on hybrid systems, where v1 has
 * `cpu`, v2 does not.
 *
 * @returns the mount that shows most of that hierarchy; undefined where none is mounted
 */
export function parseCpuHierarchy(mountinfo: string): CpuHierarchy | undefined {
  const mounts = mountinfo.split("\n").flatMap((line) => parseMount(line) ?? []);
  const version = mounts.some((mount) => mount.version === 1) ? 1 : 2;
  const [best] = mounts.filter((mount) => mount.version === version).sort((a, b) => reachOf(b) - reachOf(a));
  return best && { version, path: best.path };
}

/** Name of the file with a control group's quota, by version. */
export const quotaFiles = { 1: "cpu.cfs_quota_us", 2: "cpu.max" } as const;

/** Whether the text of `cpu.cfs_quota_us` (v1, where -1 means none) or `cpu.max` (v2, where `max` means none) has a quota. */
export function parseIsLimited(text: string): boolean {
  return /^[1-9]\d*\b/.test(text);
}

/** Parses `throttled_usec` (v2, in us) or `throttled_time` (v1, in ns) of cpu.stat. @returns nanoseconds, summed over CPUs */
export function parseThrottledNs(text: string): number | undefined {
  const [, name, digits] = /^(throttled_usec|throttled_time) (\d{1,20})$/m.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return name === "throttled_usec" ? 1000 * Number(digits) : Number(digits);
}

/** Parses cgroup.procs, one id per line. Leaves out 0, which stands for a process outside of this process's pid namespace. */
export function parseIds(text: string): number[] {
  return text.split("\n").flatMap((line) => (/^[1-9]\d{0,9}$/.test(line) ? Number(line) : []));
}
