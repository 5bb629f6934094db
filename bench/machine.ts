/** The machine that the figures belong to. */

import { readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";

/** The lines that every benchmark prints before its figures. */
export function describeMachine(): string {
  const models = [...new Set(cpus().map(({ model }) => model))];
  const [load = 0] = loadavg();
  const memory = /^MemTotal:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? "0";
  return [
    `kernel ${release()}, ${cpus().length} CPUs (${models.join(", ")}), ${(Number(memory) / 2 ** 20).toFixed(1)} GiB, node ${process.version}`,
    `load average before: ${load.toFixed(2)} (1 minute), delay accounting: ${readDelayAccounting()}`,
  ].join("\n");
}

function readDelayAccounting(): string {
  try {
    return readFileSync("/proc/sys/kernel/task_delayacct", "utf8").trim() === "1" ? "on" : "off";
  } catch {
    return "as the kernel was booted";
  }
}
