/** Which processes exist. Reads /proc, and never asks the kernel's taskstats. */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import { isAsleep, type TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import { inSlices } from "../../base/slices.ts";
import { hasEnded, isEnding } from "./ending.ts";
import { ticksPerSecond, type FactReader } from "./fact-reader.ts";
import type { Group, GroupRegistry } from "./group-registry.ts";
import type { GroupResolver } from "./group-resolver.ts";
import { createMembership, type Membership } from "./membership.ts";
import { createProcess, type Process } from "./process.ts";

export interface Tracker extends Membership {
  readonly processes: ReadonlyMap<number, Process>;
  /** Processes that have exited, and that their parents have not waited for, as the last listing of /proc showed them. */
  readonly zombies: ReadonlyMap<number, Process>;
  /**
   * Adopts the processes that /proc shows and that are not tracked.
   *
   * @param options.thorough list /proc even where no task was started since the last time: a process may be gone unseen
   * @param options.minAgeSeconds leave younger processes to a later call; 0 if absent
   * @returns the tracked processes that /proc does not show. Those that exited have sent their exit events by now.
   * @throws ExporterError PROC_UNREADABLE
   */
  discover(options: {
    readonly thorough: boolean;
    readonly minAgeSeconds?: number;
    readonly yieldToEventLoop: () => Promise<void>;
  }): Promise<Process[]>;
  /** Compares tracked processes with /proc, after events were lost. */
  verify(suspects: readonly Process[], yieldToEventLoop: () => Promise<void>): Promise<VerifiedProcesses>;
  /** Tracks a process that is known only by an exit event of one of its threads, in a provisional group. */
  trackUnseen(tgid: number): Process;
  /** Stops tracking a process. */
  remove(process: Process): void;
  /** A process that was removed: deferred exits of its children may still need it. */
  findRecentlyExited(tgid: number): Process | undefined;
  /** Forgets the processes that were removed before the last but one call. */
  ageRecentlyExited(): void;
  /** True where a process's leader has exited and other threads of it live. */
  outlivesLeader(tgid: number): boolean;
  /** True for a kernel thread that is left out. */
  isIgnored(tgid: number): boolean;
  /** Forgets a kernel thread that exited. */
  forgetIgnored(tgid: number): void;
}

/** What became of processes whose last event may have been lost. */
export interface VerifiedProcesses {
  /** Processes that have exited, though /proc may still show them, and those whose id belongs to another process now. */
  readonly gone: readonly Process[];
  /** Processes that are exiting now: whether their last event was sent cannot be seen yet. */
  readonly undecided: readonly Process[];
  /** Processes that /proc does not show. */
  readonly absent: readonly Process[];
}

export interface TrackerOptions {
  readonly proc: ProcReader;
  readonly groups: GroupRegistry;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly kernelThreads: boolean;
  /** Whether exit events arrive. Then a process that is exiting is not adopted, since its exit event bills all of it. */
  readonly exitsUp: () => boolean;
}

/** Processes whose files are read in one slice, which takes about five milliseconds. */
const sliceSize = 512;

export function createTracker(options: TrackerOptions): Tracker {
  const { proc, groups, factReader, groupResolver, kernelThreads, exitsUp } = options;
  const processes = new Map<number, Process>();
  let recentlyExited = new Map<number, Process>();
  let olderExited = new Map<number, Process>();
  let ignored = new Set<number>();
  let zombies = new Map<number, Process>();
  /** Processes that were removed during the last listing of /proc and since: the next one may show them as zombies. */
  let exited = new Map<number, Process>();
  /** As `exited`, of the listing before. */
  let exitedBefore = new Map<number, Process>();
  let lastPid: number | undefined;
  /** True where the last listing of /proc is known to be complete for `lastPid`. */
  let settled = false;

  const isIgnored = (tgid: number): boolean => ignored.has(tgid);
  const { enter, leave, ...membership } = createMembership({
    ...{ proc, groups, factReader, groupResolver, processes, adopt, isIgnored },
  });

  /**
   * With exit events, an exiting process is left to its exit event, which bills all of it. Without them, only an exited one
   * is left out.
   */
  const isLeftToItsEvent = (tgid: number, stat: TaskStat): boolean =>
    exitsUp() ? isEnding(proc, tgid, stat) : hasEnded(stat);

  /** True where a process began to exit while it was read: the exec watcher or its parent knows more of it than was read. */
  function hasBegunToEnd(tgid: number, facts: ProcessFacts): boolean {
    if (factReader.isWhole(facts)) return false;
    const stat = proc.readStat(tgid);
    return stat === undefined || isLeftToItsEvent(tgid, stat);
  }

  function track(tgid: number, group: Group): Process {
    const process = createProcess(tgid, group);
    processes.set(tgid, process);
    enter(process);
    return process;
  }

  /** A zombie is in the group that it was in when it lived. One that was never seen alive is known by its command name alone. */
  function noteZombie(tgid: number, stat: TaskStat): void {
    if (!hasEnded(stat) || zombies.has(tgid)) return;
    const known = exited.get(tgid) ?? exitedBefore.get(tgid);
    if (known?.startTicks === stat.startTicks) {
      zombies.set(tgid, known);
      return;
    }
    const zombie = createProcess(tgid, groups.hidden);
    zombie.startTicks = stat.startTicks;
    zombies.set(tgid, zombie);
    membership.regroup(zombie, factReader.read(tgid, stat), stat.ppid);
  }

  /** Finds those that have lived for so long at least. Of the others nothing is read: it will be something else soon. */
  async function findGrown(
    tgids: readonly number[],
    minAgeSeconds: number,
    yieldToEventLoop: () => Promise<void>,
  ): Promise<readonly number[]> {
    const uptime = minAgeSeconds === 0 ? undefined : proc.readUptime();
    if (uptime === undefined) return tgids;
    const bornBefore = (uptime - minAgeSeconds) * ticksPerSecond;
    const grown: number[] = [];
    await inSlices(tgids, { size: sliceSize, yieldToEventLoop }, (tgid) => {
      if ((proc.readStat(tgid)?.startTicks ?? Infinity) <= bornBefore) grown.push(tgid);
    });
    // The others may live on: the next discovery lists /proc again, even if no task was started meanwhile.
    if (grown.length < tgids.length) settled = false;
    return grown;
  }

  function adopt(tgid: number): void {
    if (processes.get(tgid)?.startTicks !== undefined) return;
    const stat = proc.readStat(tgid);
    if (stat === undefined) {
      // The process may live on: the next discovery lists /proc again, even if no task was started meanwhile.
      settled = false;
      return;
    }
    if (stat.kernelThread && !kernelThreads) {
      ignored.add(tgid);
      return;
    }
    noteZombie(tgid, stat);
    if (isLeftToItsEvent(tgid, stat)) return;
    const facts = factReader.read(tgid, stat);
    if (hasBegunToEnd(tgid, facts)) return;
    const process = processes.get(tgid) ?? track(tgid, groups.hidden);
    process.startTicks = stat.startTicks;
    process.asleep = isAsleep(stat);
    if (process.facts === undefined) membership.regroup(process, facts, stat.ppid);
    process.threadCount = stat.threads;
    process.leaderEnded = stat.exiting;
  }

  /**
   * The kernel gives out an id a moment before /proc shows its task: only the second listing with the same last id is
   * complete.
   */
  function isStale(): boolean {
    const latest = proc.readLastPid();
    const same = latest !== undefined && latest === lastPid;
    const stale = !(same && settled);
    settled = same;
    lastPid = latest;
    return stale;
  }

  function judge(process: Process): keyof VerifiedProcesses | undefined {
    const { tgid, startTicks, leaderEnded } = process;
    const stat = proc.readStat(tgid);
    if (stat === undefined) return "absent";
    if (startTicks !== undefined && stat.startTicks !== startTicks) return "gone";
    if (hasEnded(stat)) return "gone";
    return stat.exiting && !leaderEnded ? "undecided" : undefined;
  }

  return {
    ...membership,
    processes,
    get zombies() {
      return zombies;
    },
    forgetAssignments() {
      membership.forgetAssignments();
      zombies.clear();
    },
    async discover({ thorough, minAgeSeconds = 0, yieldToEventLoop }) {
      if (!isStale() && !thorough) return [];
      // Copied before the listing: an event may add a process while /proc is listed, and that one is not missing.
      const tracked = [...processes.values()];
      exitedBefore = exited;
      exited = new Map();
      const present = await proc.listProcesses();
      const seen = new Set(present);
      ignored = new Set(present.filter(isIgnored));
      const missing = tracked.filter(({ tgid }) => !seen.has(tgid));
      zombies = new Map([...zombies].filter(([tgid]) => seen.has(tgid) && !processes.has(tgid)));
      const news = present.filter((tgid) => processes.get(tgid)?.startTicks === undefined && !isIgnored(tgid));
      const grown = await findGrown(news, minAgeSeconds, yieldToEventLoop);
      await inSlices(grown, { size: sliceSize, begin: factReader.readAhead, yieldToEventLoop }, adopt);
      return missing;
    },
    async verify(suspects, yieldToEventLoop) {
      const verified = { gone: [] as Process[], undecided: [] as Process[], absent: [] as Process[] };
      for (let from = 0; from < suspects.length; from += sliceSize) {
        for (const process of suspects.slice(from, from + sliceSize)) {
          const judgement = process.ended ? undefined : judge(process);
          if (judgement !== undefined) verified[judgement].push(process);
        }
        await yieldToEventLoop();
      }
      return verified;
    },
    trackUnseen: (tgid) => track(tgid, groups.createProvisional()),
    remove(process) {
      process.ended = true;
      processes.delete(process.tgid);
      leave(process);
      factReader.forget(process.tgid);
      recentlyExited.set(process.tgid, process);
      exited.set(process.tgid, process);
      // It may be a zombie, which only a listing shows. And the kernel may give out its id again at once, and it would still be the last id.
      settled = false;
    },
    findRecentlyExited: (tgid) => recentlyExited.get(tgid) ?? olderExited.get(tgid),
    ageRecentlyExited() {
      olderExited = recentlyExited;
      recentlyExited = new Map();
    },
    outlivesLeader: (tgid) => (proc.readStat(tgid)?.threads ?? 0) > 1,
    isIgnored,
    forgetIgnored: (tgid) => void ignored.delete(tgid),
  };
}
