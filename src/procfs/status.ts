/** Parses /proc/PID/status and /proc/PID/limits. Pure. Source: `proc_pid_status` in fs/proc/array.c, proc(5). */

/** What /proc/PID/status says of a thread, and of the memory of its process. */
export interface TaskStatus {
  /** The letter of the scheduler's state: R, S, D, T, t, Z, X, I. */
  readonly state: string;
  /** Context switches of the thread, voluntary and involuntary. */
  readonly switches: number;
  /** Memory in kB by the name of its line, such as VmRSS; without lines for kernel threads and tasks that have exited. */
  readonly memoryKb: ReadonlyMap<string, number>;
}

const memoryLine = /^(Vm[A-Za-z]+):\s+(\d+) kB$/gm;
const switchLine = /^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm;

/** Parses /proc/PID/status; undefined where the text has no state. */
export function parseTaskStatus(text: string): TaskStatus | undefined {
  const state = /^State:\s+([A-Za-z])\b/m.exec(text)?.[1];
  if (state === undefined) return undefined;
  let switches = 0;
  for (const [, count] of text.matchAll(switchLine)) switches += Number(count);
  const memoryKb = new Map([...text.matchAll(memoryLine)].map(([, name = "", kb]) => [name, Number(kb)]));
  return { state, switches, memoryKb };
}

/**
 * Parses the soft limit of open files in /proc/PID/limits.
 *
 * @returns Infinity where it is unlimited; undefined where the text has no such line
 */
export function parseDescriptorLimit(text: string): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)\s/m.exec(text)?.[1];
  return soft === "unlimited" ? Infinity : soft === undefined ? undefined : Number(soft);
}
