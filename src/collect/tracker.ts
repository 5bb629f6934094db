/** Which processes exist, and to which group each belongs. It asks /proc, never the kernel's taskstats. */

import { mergeAccount } from "../account/account.ts";
import { unidentifiedGroup, type Classifier } from "../classify/classifier.ts";
import type { TaskStat } from "../procfs/parse.ts";
import type { ProcReader } from "../procfs/read.ts";
import { createProvisionalGroup, type Group, type Groups } from "./groups.ts";
import { createProcess, type Process } from "./process.ts";

export interface Tracker {
  readonly processes: ReadonlyMap<number, Process>;
  /**
   * Adopts the processes that /proc shows and that are not tracked.
   *
   * @param options.breathe lets the event loop turn
   * @param options.thorough list /proc even where no task was started since the last time: a process may be gone unseen
   * @returns the tracked processes that /proc does not show. Their exit events are in the queue already, or lost.
   * @throws ExporterError PROC_UNREADABLE
   */
  discover(options: { readonly thorough: boolean; readonly breathe: () => Promise<void> }): Promise<Process[]>;
  /**
   * Compares tracked processes with /proc, after events were lost.
   *
   * @param breathe lets the event loop turn
   */
  verify(suspects: readonly Process[], breathe: () => Promise<void>): Promise<Verdict>;
  /** Tracks a process that is known by an exit event of one of its threads alone, in a provisional group. */
  trackUnseen(tgid: number): Process;
  /** Puts a process into the group of its command; what it was billed while provisional goes along. */
  identify(process: Process, comm: string): void;
  /** Tracks a process no more. */
  remove(process: Process): void;
  /** True where a process's leader has ended and its other threads live. */
  outlivesLeader(tgid: number): boolean;
  /** True for a kernel thread that is left out. */
  isIgnored(tgid: number): boolean;
  /** Forgets a kernel thread that ended. */
  forgetIgnored(tgid: number): void;
}

/** What became of processes whose last event may have been lost. */
export interface Verdict {
  /** Those that have ended, though /proc may still show them, and those whose id belongs to another process now. */
  readonly gone: readonly Process[];
  /** Those in the middle of their end: whether their event was sent cannot be seen yet. */
  readonly undecided: readonly Process[];
}

export interface TrackerOptions {
  readonly proc: ProcReader;
  readonly groups: Groups;
  readonly classifier: Classifier;
  readonly kernelThreads: boolean;
  /** Whether exit events arrive: then a process that is ending is not adopted, since its event bills it whole. */
  readonly exitsUp: () => boolean;
}

/** Processes whose files are read between two turns of the event loop: about five milliseconds. */
const sliceSize = 512;

/** A zombie has sent its last record; one that is merely ending may not have. */
function hasEnded({ state, threads }: TaskStat): boolean {
  return (state === "Z" || state === "X") && threads <= 1;
}

export function createTracker({ proc, groups, classifier, kernelThreads, exitsUp }: TrackerOptions): Tracker {
  const processes = new Map<number, Process>();
  let ignored = new Set<number>();
  let lastPid: number | undefined;
  let settled = false;

  function groupOf(tgid: number, comm: string): Group {
    const nothing = {
      argv: undefined,
      cgroups: undefined,
      user: undefined,
      effectiveUser: undefined,
      startTime: undefined,
    };
    const verdict = classifier.classify({ tgid, comm, ...nothing });
    return groups.get(verdict.kind === "group" ? (verdict.labels["groupname"] ?? "") : unidentifiedGroup);
  }

  function identify(process: Process, comm: string): void {
    const provisional = process.comm === undefined ? process.group : undefined;
    process.comm = comm;
    process.group = groupOf(process.tgid, comm);
    if (provisional !== undefined) mergeAccount(provisional.account, process.group.account);
  }

  /**
   * A task that is ending has sent its exit event, or will in a moment. While one of its threads is not, the process's
   * last event is still to come, and adopting it now counts nothing twice.
   */
  function isEnding(tgid: number, stat: TaskStat): boolean {
    if (!exitsUp()) return hasEnded(stat);
    if (!stat.exiting) return false;
    if (stat.threads <= 1) return true;
    return proc.listThreads(tgid).every((tid) => proc.readThreadStat(tgid, tid)?.exiting !== false);
  }

  function track(tgid: number, group: Group): Process {
    const process = createProcess(tgid, group);
    processes.set(tgid, process);
    return process;
  }

  function trackIdentified(tgid: number, comm: string): Process {
    const process = track(tgid, groupOf(tgid, comm));
    process.comm = comm;
    return process;
  }

  function adopt(tgid: number): void {
    const stat = proc.readStat(tgid);
    if (stat === undefined) return;
    if (stat.kernelThread && !kernelThreads) {
      ignored.add(tgid);
      return;
    }
    if (isEnding(tgid, stat)) return;
    const known = processes.get(tgid);
    const process = known ?? trackIdentified(tgid, stat.comm);
    if (process.comm === undefined) identify(process, stat.comm);
    process.startTicks = stat.startTicks;
    process.threadCount = stat.threads;
    process.leaderEnded = stat.exiting;
  }

  /** An id is given out a moment before /proc shows its task: only the second listing under the same last id is complete. */
  function isStale(): boolean {
    const latest = proc.readLastPid();
    const same = latest !== undefined && latest === lastPid;
    const stale = !(same && settled);
    settled = same;
    lastPid = latest;
    return stale;
  }

  function judge(process: Process): keyof Verdict | undefined {
    const { tgid, startTicks, leaderEnded } = process;
    const stat = proc.readStat(tgid);
    if (stat === undefined || (startTicks !== undefined && stat.startTicks !== startTicks)) return "gone";
    if (hasEnded(stat)) return "gone";
    return stat.exiting && !leaderEnded ? "undecided" : undefined;
  }

  return {
    processes,
    async discover({ thorough, breathe }) {
      if (!isStale() && !thorough) return [];
      const present = proc.listProcesses();
      const seen = new Set(present);
      ignored = new Set(present.filter((tgid) => ignored.has(tgid)));
      // Before the event loop turns: what an event brings in meanwhile is not in the listing, and not gone.
      const missing = [...processes.values()].filter(({ tgid }) => !seen.has(tgid));
      const news = present.filter((tgid) => processes.get(tgid)?.startTicks === undefined && !ignored.has(tgid));
      for (let from = 0; from < news.length; from += sliceSize) {
        news.slice(from, from + sliceSize).forEach(adopt);
        await breathe();
      }
      return missing;
    },
    async verify(suspects, breathe) {
      const verdict = { gone: [] as Process[], undecided: [] as Process[] };
      for (let from = 0; from < suspects.length; from += sliceSize) {
        for (const process of suspects.slice(from, from + sliceSize)) {
          const judgement = process.ended ? undefined : judge(process);
          if (judgement !== undefined) verdict[judgement].push(process);
        }
        await breathe();
      }
      return verdict;
    },
    trackUnseen: (tgid) => track(tgid, createProvisionalGroup()),
    identify,
    remove(process) {
      process.ended = true;
      processes.delete(process.tgid);
      // Its id may be given out again at once, and would still be the last.
      if (process.tgid === lastPid) settled = false;
    },
    outlivesLeader: (tgid) => (proc.readStat(tgid)?.threads ?? 0) > 1,
    isIgnored: (tgid) => ignored.has(tgid),
    forgetIgnored: (tgid) => void ignored.delete(tgid),
  };
}
