/** The kernel's settings that a kubelet changes, and the one that an overlay of the exporter does: kept, and put back. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const names = [
  ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes", "kernel/task_delayacct"],
];

/** Values by name below /proc/sys. */
export type KernelSettings = Readonly<Record<string, string>>;

const fileOf = (name: string): string => join("/proc/sys", name);

export function readKernelSettings(): KernelSettings {
  const present = names.filter((name) => existsSync(fileOf(name)));
  return Object.fromEntries(present.map((name) => [name, readFileSync(fileOf(name), "utf8").trim()]));
}

export function restoreKernelSettings(settings: KernelSettings): void {
  for (const [name, value] of Object.entries(settings)) writeFileSync(fileOf(name), value);
}
