/**
 * The table of `struct cgroupstats`: how many tasks of a control group are in which state. Its metric is made from these rows.
 * Source: include/uapi/linux/cgroupstats.h; kernel/cgroup/cgroup-v1.c, cgroupstats_build().
 */

import type { Stability } from "./stability.ts";

/** One member of the struct. A member is a u64, and its offset is eight times its index. */
interface CgroupState {
  /** The value of the label `state`, and the name that `query` prints. */
  readonly state: string;
  /** The name of the C member. */
  readonly member: string;
  /** Describes the member in one line. `query` prints it. */
  readonly about: string;
}

/** In the order of the struct. */
export const cgroupStates = [
  {
    state: "sleeping",
    member: "nr_sleeping",
    about: "threads in an interruptible sleep; since Linux 6.1 not in one of nanosleep, for a futex or a Unix socket",
  },
  { state: "running", member: "nr_running", about: "threads that run or wait for a CPU" },
  { state: "stopped", member: "nr_stopped", about: "threads that a signal has stopped" },
  {
    state: "uninterruptible",
    member: "nr_uninterruptible",
    about: "threads in a sleep that no signal ends, those that wait for direct I/O included",
  },
  {
    state: "io_wait",
    member: "nr_io_wait",
    about: "threads that wait for I/O in a sleep that only a fatal signal ends, as for a page of a file",
  },
] as const satisfies readonly CgroupState[];

interface CgroupMetricRow {
  readonly name: string;
  readonly stability: Stability;
  readonly type: "gauge";
  readonly labels: readonly string[];
  readonly help: string;
}

/** Metrics of the control groups that --collector.cgroupstats names. */
export const cgroupMetrics = {
  tasks: {
    name: "taskstats_cgroup_tasks",
    stability: "experimental",
    type: "gauge",
    labels: ["cgroup", "state"],
    help: `Threads of a control group of cgroup v1 by state, without those of groups below it (CGROUPSTATS_CMD_GET: ${cgroupStates.map(({ member }) => member).join(", ")}). The label cgroup is the directory as --collector.cgroupstats has it. A thread in a state that is none of these is in no series: since Linux 6.1 one that waits in nanosleep, for a futex or a Unix socket, and one that waits in a sleep that only a fatal signal ends and not for I/O. Absent where the directory cannot be asked about: taskstats_exporter_scrape_errors_total says why.`,
  },
} as const satisfies Record<string, CgroupMetricRow>;
