/**
 * Divides measured CPU time between user and system mode. The scheduler measures CPU time to the nanosecond but knows no modes; timer
 * ticks sample modes but miss what runs between two of them. Pure.
 */

/** CPU time by mode in nanoseconds. Neither ever falls. */
export interface CpuTime {
  user: number;
  system: number;
}

/** What ticks sampled, in any unit. */
interface Sampled {
  readonly user: number;
  readonly system: number;
}

/**
 * Brings CPU time up to `runNs`, in the ratio of what ticks sampled. A mode that had more by the ratio before keeps it, so that the
 * other one gets less. Source: cputime_adjust in kernel/sched/cputime.c, by which /proc/PID/stat shows a process's times.
 */
export function divideRunTime(time: CpuTime, runNs: number, { user, system }: Sampled): void {
  if (!(runNs > time.user + time.system)) return;
  const share = system > 0 ? Math.floor(runNs * (system / (user + system))) : 0;
  time.system = Math.max(time.system, Math.min(share, runNs - time.user));
  time.user = runNs - time.system;
}
