/**
 * What the watcher's thread does with events. It takes a snapshot of each process that has just started a program, since /proc will
 * not tell its facts after the exit. It revisits forked processes that may give themselves a title. It never waits.
 */

import type { FactName } from "../classify/process-facts.ts";
import type { ProcessEventClient } from "../connector/client.ts";
import { readSnapshots, type ExecProcReader } from "./snapshot-reader.ts";
import type { Revisit, ProcessSnapshot, WatchVisitor } from "./exec-watcher.ts";
import { readRevisit } from "./revisit-reader.ts";
import { weighSnapshot } from "./images.ts";
import { createRevisitSchedule, type Candidate, type RunProgram } from "./revisit-schedule.ts";
import { createArgumentBudget } from "./argument-budget.ts";
import { isPlain } from "./titles.ts";

/** An exec or a revisit, and how many forks of the batch came before it. */
type Seen = { readonly afterForks: number } & ({ readonly exec: ProcessSnapshot } | { readonly revisit: Revisit });

/** What was seen since the last batch. */
export interface WatchBatch {
  /** Parent and child, by turns. An object for each fork would cost more than the event. */
  readonly forks: readonly number[];
  readonly seen: readonly Seen[];
  /** True where events are missing after this batch. */
  readonly gap: boolean;
}

export interface ProgramWatch {
  /** Handles all queued events, and makes the revisits that are due. */
  take(client: Pick<ProcessEventClient, "receive">): void;
  /** True where the next batch is not empty. */
  readonly hasNews: boolean;
  /** Hands over what was seen since the last call. @param lost how many events the kernel has dropped since the start */
  takeBatch(lost: number): WatchBatch;
  /** Takes snapshots of processes whose execs another thread received and did not report. */
  resume(tgids: readonly number[]): void;
  /** True while a snapshot of a parent that was taken by this time is not confirmed yet. */
  isPendingSince(beforeUs: number): boolean;
  /** Milliseconds until `take` has something to do without an event; Infinity where it has not. */
  readonly nextInMs: number;
}

export interface ProgramWatchOptions {
  readonly proc: ExecProcReader;
  /** The facts to read of each process. */
  readonly facts: ReadonlySet<FactName>;
  /** The monotonic clock of the exporter. */
  readonly nowUs: () => number;
  /** Converts a time of the kernel's monotonic clock to the exporter's, in microseconds. */
  readonly toClockUs: (kernelUs: number) => number;
  /** Called with processes that have started a program, before any of them is read. */
  readonly onExecs: (tgids: readonly number[]) => void;
}

/**
 * How long the snapshot of a parent is held back until it is confirmed. An exec event in that time makes it invalid: /proc shows
 * the arguments of a program some microseconds before the kernel sends the event.
 */
const confirmUs = 5000;

/** Calls the visitor for the events of a batch, in their order. */
export function replayBatch({ forks, seen, gap }: WatchBatch, visitor: WatchVisitor): void {
  let at = 0;
  function replayForks(until: number): void {
    for (; at < until; at++) visitor.fork(forks[2 * at] as number, forks[2 * at + 1] as number);
  }
  for (const one of seen) {
    replayForks(one.afterForks);
    if ("exec" in one) visitor.exec(one.exec);
    else visitor.revisit(one.revisit);
  }
  replayForks(forks.length / 2);
  if (gap) visitor.gap();
}

export function createProgramWatch(options: ProgramWatchOptions): ProgramWatch {
  const { proc, facts, nowUs, toClockUs, onExecs } = options;
  const watchesTitles = facts.has("argv");
  const schedule = createRevisitSchedule();
  const limitArguments = createArgumentBudget(nowUs);
  let forks: number[] = [];
  let seen: Seen[] = [];
  /** Snapshots of parents whose program was unknown when they forked, by process, oldest first. */
  const unconfirmed = new Map<number, ProcessSnapshot>();
  let knownLost = 0;

  function programOf(snapshot: ProcessSnapshot): RunProgram | undefined {
    const { argv } = snapshot;
    if (watchesTitles && argv === undefined) return undefined;
    return { plain: !watchesTitles || isPlain(argv?.[0]), weight: weighSnapshot(snapshot) };
  }

  const read = (tgids: readonly number[]): ProcessSnapshot[] => readSnapshots(proc, tgids, { facts, nowUs });

  function readExecs(tgids: readonly number[], afterForks: readonly number[]): void {
    onExecs(tgids);
    read(tgids).forEach((exec, index) => {
      schedule.run(exec.tgid, programOf(exec), exec.seenAtUs);
      seen.push({ afterForks: afterForks[index] ?? 0, exec: limitArguments(exec) });
    });
  }

  function readParents(tgids: readonly number[]): void {
    for (const snapshot of read(tgids)) {
      const program = programOf(snapshot);
      if (snapshot.comm === "" || program === undefined) continue;
      schedule.run(snapshot.tgid, program, snapshot.seenAtUs);
      unconfirmed.set(snapshot.tgid, limitArguments(snapshot));
    }
  }

  /** Handles the events of one receive call. @returns false where nothing was queued */
  function receive(client: Pick<ProcessEventClient, "receive">): boolean {
    const execs: number[] = [];
    const positions: number[] = [];
    const parents: number[] = [];
    const received = client.receive(({ kind, tgid, parentTgid, atUs }) => {
      if (kind === "exec") {
        execs.push(tgid);
        positions.push(forks.length / 2);
        unconfirmed.delete(tgid);
        schedule.run(tgid, undefined, nowUs());
      } else {
        forks.push(parentTgid, tgid);
        unconfirmed.delete(tgid);
        if (!schedule.fork(parentTgid, tgid, toClockUs(atUs)) && !parents.includes(parentTgid))
          parents.push(parentTgid);
      }
    });
    if (received === 0) return false;
    readExecs(execs, positions);
    readParents(parents.filter((tgid) => !execs.includes(tgid)));
    return true;
  }

  function confirm(): void {
    const latest = nowUs() - confirmUs;
    for (const [tgid, snapshot] of unconfirmed) {
      if (snapshot.seenAtUs > latest) return;
      unconfirmed.delete(tgid);
      seen.push({ afterForks: forks.length / 2, revisit: { snapshot, ranUs: undefined } });
    }
  }

  function revisit(candidate: Candidate): void {
    const found = readRevisit(proc, candidate, { facts, nowUs });
    if (found === undefined) schedule.end(candidate.tgid);
    else seen.push({ afterForks: forks.length / 2, revisit: { ...found, snapshot: limitArguments(found.snapshot) } });
  }

  /** Forgets the programs of all processes. A parent is read again when it forks next. */
  function forget(): void {
    schedule.clear();
    unconfirmed.clear();
  }

  return {
    take(client) {
      while (receive(client));
      confirm();
      schedule.takeDue(nowUs()).forEach(revisit);
    },
    get hasNews() {
      return forks.length > 0 || seen.length > 0;
    },
    takeBatch(lost) {
      const batch = { forks, seen, gap: lost !== knownLost };
      if (batch.gap) forget();
      knownLost = lost;
      forks = [];
      seen = [];
      return batch;
    },
    resume: (tgids) => readExecs(tgids, []),
    isPendingSince(beforeUs) {
      const [oldest] = unconfirmed.values();
      return oldest !== undefined && oldest.seenAtUs <= beforeUs;
    },
    get nextInMs() {
      const [oldest] = unconfirmed.values();
      const confirmAtUs = oldest === undefined ? Infinity : oldest.seenAtUs + confirmUs;
      const next = Math.min(confirmAtUs, schedule.nextUs ?? Infinity);
      return next === Infinity ? next : Math.max(0, next - nowUs()) / 1000;
    },
  };
}
