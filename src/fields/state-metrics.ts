/**
 * The table of the metrics that say what the live processes of a group are and have now. They are read from /proc when a page is
 * made, and a flag turns each family on or off. Names, units and labels are a contract with users.
 */

import type { Stability } from "./stability.ts";

/** The families, each with a flag `--[no-]collector.NAME`. */
export const stateCollectors = ["states", "memory", "fds"] as const;

export type StateCollector = (typeof stateCollectors)[number];

/** What a thread does now, with the letters of `State` in /proc/PID/status. Source: `task_state_array` in fs/proc/array.c. */
export const threadStates = {
  running: ["R"],
  sleeping: ["S"],
  uninterruptible: ["D"],
  stopped: ["T", "t"],
  zombie: ["Z", "X"],
  idle: ["I"],
} as const;

export type ThreadState = keyof typeof threadStates;

export const threadStateNames = Object.keys(threadStates) as ThreadState[];

/** Kinds of memory, with the line of /proc/PID/status that each is read from, in kB. Source: `task_mem` in fs/proc/task_mmu.c. */
export const memoryKinds = { resident: "VmRSS", virtual: "VmSize", swap: "VmSwap" } as const;

export type MemoryKind = keyof typeof memoryKinds;

export const memoryKindNames = Object.keys(memoryKinds) as MemoryKind[];

interface StateMetricRow {
  readonly collector: StateCollector;
  readonly name: string;
  readonly stability: Stability;
  readonly type: "gauge";
  /** The values of each label besides the group's. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly help: string;
}

const seldom =
  "A process that has not run since keeps what was read; on hosts of many processes that may be minutes old (taskstats_exporter_oldest_reading_seconds).";

export const stateMetrics = {
  threadStates: {
    collector: "states",
    name: "taskstats_thread_states",
    stability: "experimental",
    type: "gauge",
    labels: { state: threadStateNames },
    help: `Threads of live processes, and zombies, by what they do now (State of /proc/PID/task/TID/status). A thread that waits for a CPU is running. ${seldom}`,
  },
  uninterruptible: {
    collector: "states",
    name: "taskstats_uninterruptible_seconds",
    stability: "experimental",
    type: "gauge",
    labels: {},
    help: "How long the longest wait in state uninterruptible (D) has lasted, at least: the time since a page first found the thread in it, with no context switch since. 0 where no thread is in it. No counter of the kernel holds a wait before it ends.",
  },
  memory: {
    collector: "memory",
    name: "taskstats_memory_bytes",
    stability: "experimental",
    type: "gauge",
    labels: { kind: memoryKindNames },
    help: `Memory of live processes (VmRSS, VmSize and VmSwap of /proc/PID/status). Pages that several processes share count for each of them. ${seldom}`,
  },
  openFds: {
    collector: "fds",
    name: "taskstats_open_fds",
    stability: "experimental",
    type: "gauge",
    labels: {},
    help: `Open file descriptors of live processes (size of /proc/PID/fd; before Linux 6.2 its entries, where they may be listed). Absent where those of a process are not known. ${seldom}`,
  },
  worstFdRatio: {
    collector: "fds",
    name: "taskstats_worst_fd_ratio",
    stability: "experimental",
    type: "gauge",
    labels: {},
    help: "Open file descriptors of a live process against its soft limit (Max open files of /proc/PID/limits): that of the process closest to its limit. Absent as taskstats_open_fds.",
  },
} as const satisfies Record<string, StateMetricRow>;
