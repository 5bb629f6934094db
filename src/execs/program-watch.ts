/**
 * What the watching thread does with events of processes: it reads of each that has just started a program what /proc will not
 * tell any more when it has ended, and looks at those that were forked and might give themselves a title. It waits for nothing.
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

/** Something that was seen after so many forks of a batch had been told. */
type Seen = { readonly afterForks: number } & ({ readonly exec: ProcessSnapshot } | { readonly look: Revisit });

/** What was seen and not said yet. */
export interface WatchBatch {
  /** Parent and child in turn: an object for each would cost more than the event. */
  readonly forks: readonly number[];
  readonly seen: readonly Seen[];
  /** After it something is missing. */
  readonly gap: boolean;
}

export interface ProgramWatch {
  /** Takes all that is queued, and looks at those whose time has come. */
  take(client: Pick<ProcessEventClient, "receive">): void;
  /** Whether there is anything to say. */
  readonly hasNews: boolean;
  /** Hands over what was seen since the last call. @param lost events that the kernel dropped until now */
  takeBatch(lost: number): WatchBatch;
  /** Goes on in the place of another thread, which had taken the execs of these processes, and told nobody. */
  resume(tgids: readonly number[]): void;
  /** True while it has to wait before it can say all that it knows of processes that it saw forking before. */
  isPendingSince(beforeUs: number): boolean;
  /** Milliseconds until it has something to do by itself; Infinity where it has not. */
  readonly nextInMs: number;
}

export interface ProgramWatchOptions {
  readonly proc: ExecProcReader;
  /** What is wanted of processes. */
  readonly facts: ReadonlySet<FactName>;
  /** The exporter's monotonic clock. */
  readonly nowUs: () => number;
  /** From the kernel's monotonic clock to the exporter's, in microseconds. */
  readonly toClockUs: (kernelUs: number) => number;
  /** Told of processes that have started a program, before any of them is read. */
  readonly onExecs: (tgids: readonly number[]) => void;
}

/**
 * How long a look at a process that forked waits for the event of an exec: /proc shows a program's arguments some microseconds
 * before the kernel tells that it was started.
 */
const confirmUs = 5000;

/** Tells a batch's events in their order. */
export function replayBatch({ forks, seen, gap }: WatchBatch, visitor: WatchVisitor): void {
  let at = 0;
  function replayForks(until: number): void {
    for (; at < until; at++) visitor.fork(forks[2 * at] as number, forks[2 * at + 1] as number);
  }
  for (const one of seen) {
    replayForks(one.afterForks);
    if ("exec" in one) visitor.exec(one.exec);
    else visitor.look(one.look);
  }
  replayForks(forks.length / 2);
  if (gap) visitor.gap();
}

export function createProgramWatch(options: ProgramWatchOptions): ProgramWatch {
  const { proc, facts, nowUs, toClockUs, onExecs } = options;
  const watchesTitles = facts.has("argv");
  const schedule = createRevisitSchedule();
  const spare = createArgumentBudget(nowUs);
  let forks: number[] = [];
  let seen: Seen[] = [];
  /** Processes that forked and of which nothing was known, as they looked then. */
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
      seen.push({ afterForks: afterForks[index] ?? 0, exec: spare(exec) });
    });
  }

  function readParents(tgids: readonly number[]): void {
    for (const snapshot of read(tgids)) {
      const program = programOf(snapshot);
      if (snapshot.comm === "" || program === undefined) continue;
      schedule.run(snapshot.tgid, program, snapshot.seenAtUs);
      unconfirmed.set(snapshot.tgid, spare(snapshot));
    }
  }

  /** One arena full. @returns false where nothing was queued */
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
      seen.push({ afterForks: forks.length / 2, look: { snapshot, ranUs: undefined } });
    }
  }

  function look(candidate: Candidate): void {
    const found = readRevisit(proc, candidate, { facts, nowUs });
    if (found === undefined) schedule.end(candidate.tgid);
    else seen.push({ afterForks: forks.length / 2, look: { ...found, snapshot: spare(found.snapshot) } });
  }

  /** Parents are looked at again when they fork next: nobody knows what they run. */
  function forget(): void {
    schedule.clear();
    unconfirmed.clear();
  }

  return {
    take(client) {
      while (receive(client));
      confirm();
      schedule.takeDue(nowUs()).forEach(look);
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
