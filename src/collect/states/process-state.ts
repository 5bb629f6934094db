/** What one process is and has now, as it was last read from /proc. */

import {
  memoryKinds,
  memoryKindNames,
  threadStateNames,
  threadStates,
  type MemoryKind,
  type StateCollector,
  type ThreadState,
} from "../../fields/state-metrics.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { StateReader } from "../../procfs/state-reader.ts";
import type { TaskStatus } from "../../procfs/status.ts";

/** A thread that is in state D. */
export interface UninterruptibleWait {
  readonly tid: number;
  /** The thread's start in ticks since boot, since its id may be another's after it has exited. */
  readonly startTicks: number | undefined;
  /** Its context switches: a thread that has waited without a break has made none since. */
  readonly switches: number;
  /** When it was first seen in this wait, on the monotonic clock. */
  readonly sinceUs: number;
}

/** The figures of one reading. What is not collected is undefined. */
export interface ProcessState {
  /** When it was read, on the monotonic clock. */
  readonly readUs: number;
  /** `runCount` and `runTimeNs` of the process when it was read: while they stay, it has not run since. */
  readonly runCount: number;
  readonly runTimeNs: number;
  readonly threads: Readonly<Record<ThreadState, number>> | undefined;
  /** The state of the leader where there are other threads; else undefined. */
  readonly leader: ThreadState | undefined;
  readonly waits: readonly UninterruptibleWait[];
  /** Bytes. */
  readonly memory: Readonly<Record<MemoryKind, number>> | undefined;
  readonly openFds: number | "denied" | undefined;
  /** The soft limit of open descriptors. */
  readonly fdLimit: number | undefined;
}

/** By letter. */
const stateOfLetter: ReadonlyMap<string, ThreadState> = new Map(
  threadStateNames.flatMap((name) => threadStates[name].map((letter) => [letter, name] as const)),
);

export interface ProcessStateReader {
  /** @returns undefined where the process is gone, or hidden */
  read(process: ReadProcess, previous: ProcessState | undefined, nowUs: number): ProcessState | undefined;
}

/** What has to be known of a process to read its state. */
export interface ReadProcess {
  readonly tgid: number;
  readonly threadCount: number;
  readonly leaderEnded: boolean;
  readonly runCount: number;
  readonly runTimeNs: number;
}

export interface ProcessStateOptions {
  readonly proc: Pick<ProcReader, "listThreads" | "readThreadStat">;
  readonly reader: StateReader;
  readonly collectors: ReadonlySet<StateCollector>;
}

export function createThreadCounts(): Record<ThreadState, number> {
  return Object.fromEntries(threadStateNames.map((name) => [name, 0])) as Record<ThreadState, number>;
}

/** A task without memory of its own, as kernel threads are, has 0. */
function readMemory({ memoryKb }: TaskStatus): Record<MemoryKind, number> {
  return Object.fromEntries(
    memoryKindNames.map((kind) => [kind, (memoryKb.get(memoryKinds[kind]) ?? 0) * 1024]),
  ) as Record<MemoryKind, number>;
}

export function createProcessStateReader({ proc, reader, collectors }: ProcessStateOptions): ProcessStateReader {
  const counts = collectors.has("states");

  /** Goes on with the wait that the thread was in at the reading before, if it has not been switched since. */
  function noteWait(
    { tgid }: ReadProcess,
    tid: number,
    { switches }: TaskStatus,
    previous: ProcessState | undefined,
    nowUs: number,
  ): UninterruptibleWait {
    const startTicks = proc.readThreadStat(tgid, tid)?.startTicks;
    const same = previous?.waits.find((wait) => wait.tid === tid);
    const goesOn = same !== undefined && same.switches === switches && same.startTicks === startTicks;
    return { tid, startTicks, switches, sinceUs: goesOn ? same.sinceUs : nowUs };
  }

  /** The ids of the threads to read: one for a process of one thread, which needs no listing. */
  function threadsOf({ tgid, threadCount, leaderEnded }: ReadProcess): readonly number[] {
    return counts && (threadCount > 1 || leaderEnded) ? (proc.listThreads(tgid) ?? []) : [tgid];
  }

  return {
    read(process, previous, nowUs) {
      const { tgid, runCount, runTimeNs } = process;
      const threads = createThreadCounts();
      const waits: UninterruptibleWait[] = [];
      /** A thread that has the process's memory and descriptors: not a leader that has exited. */
      let holder: { readonly tid: number; readonly status: TaskStatus } | undefined;
      const tids = threadsOf(process);
      let leader: ThreadState | undefined;
      for (const tid of tids) {
        const status = reader.readStatus(tgid, tid);
        if (status === undefined) continue;
        const state = stateOfLetter.get(status.state);
        if (state !== undefined) threads[state]++;
        if (tid === tgid && tids.length > 1) leader = state;
        if (state === "uninterruptible") waits.push(noteWait(process, tid, status, previous, nowUs));
        if (holder === undefined || (holder.status.memoryKb.size === 0 && status.memoryKb.size > 0))
          holder = { tid, status };
      }
      if (holder === undefined) return undefined;
      const openFds = collectors.has("fds") ? reader.countDescriptors(tgid, holder.tid) : undefined;
      return {
        readUs: nowUs,
        runCount,
        runTimeNs,
        threads: counts ? threads : undefined,
        leader,
        waits: counts ? waits : [],
        memory: collectors.has("memory") ? readMemory(holder.status) : undefined,
        openFds,
        fdLimit: typeof openFds === "number" ? reader.readDescriptorLimit(tgid) : undefined,
      };
    },
  };
}
