/** The CPUs that this machine may have. */

import { readFileSync } from "node:fs";
import { ExporterError } from "../base/errors.ts";

/** Parses /proc/stat, which lists the CPUs that are online. @returns the list from the first CPU to the last of them */
export function parseOnlineCpus(text: string): string | undefined {
  const ids = [...text.matchAll(/^cpu(\d+) /gm)].map(([, id]) => Number(id));
  return ids.length === 0 ? undefined : `0-${Math.max(...ids)}`;
}

/**
 * All possible CPUs, online or not, since a registration for those that come later is made once. Where /sys is not readable,
 * those up to the last that is online.
 *
 * @returns a list in the kernel's form, such as `0-3`
 * @throws ExporterError PROC_UNREADABLE where neither tells
 */
export function readPossibleCpus(procRoot: string, path = "/sys/devices/system/cpu/possible"): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // A sandbox without /sys: /proc tells as much as is needed.
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
