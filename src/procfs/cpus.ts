/** Reads which CPUs this machine can have. */

import { readFileSync } from "node:fs";
import { ExporterError } from "../base/errors.ts";

/** Parses /proc/stat, which has a line for each CPU that is online. @returns all CPUs up to the last of these, such as `0-3` */
export function parseOnlineCpus(text: string): string | undefined {
  const ids = [...text.matchAll(/^cpu(\d+) /gm)].map(([, id]) => Number(id));
  return ids.length === 0 ? undefined : `0-${Math.max(...ids)}`;
}

/**
 * Reads all possible CPUs, not only those that are online: exit events are registered for once, and a CPU may come online later.
 * Where /sys cannot be read, the result is all CPUs up to the last one that is online.
 *
 * @returns a list in the kernel's form, such as `0-3`
 * @throws ExporterError PROC_UNREADABLE where /proc cannot be read either
 */
export function readPossibleCpus(procRoot: string, path = "/sys/devices/system/cpu/possible"): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // A sandbox without /sys. The list from /proc is good enough.
  }
  try {
    const cpus = parseOnlineCpus(readFileSync(`${procRoot}/stat`, "utf8"));
    if (cpus !== undefined) return cpus;
  } catch (cause) {
    const want = `a readable file, since ${path} is not readable either`;
    throw new ExporterError("PROC_UNREADABLE", { where: `${procRoot}/stat`, want, got: String(cause), cause });
  }
  throw new ExporterError("PROC_UNREADABLE", { where: `${procRoot}/stat`, want: "lines cpu0, cpu1, ...", got: "none" });
}
