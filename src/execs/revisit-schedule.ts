/**
 * When forked processes are revisited: at ages that grow by half, while they live and start no program. Processes of plain programs,
 * which never rewrite their command line, are not revisited: nearly all forks are theirs. Pure.
 */

import { createRecentMap } from "./recent-map.ts";

/** A process that is to be revisited. */
export interface Candidate {
  readonly tgid: number;
  readonly forkedAtUs: number;
}

/** A program that a process runs. */
export interface RunProgram {
  /** True where its processes never rewrite their command lines. */
  readonly plain: boolean;
  /** What lineage.ts keeps of it, in characters: it must be forgotten here before it is forgotten there. */
  readonly weight: number;
}

export interface RevisitSchedule {
  /** @returns false where the program of the parent is unknown: the caller must read the parent, and call `run` */
  fork(parent: number, child: number, atUs: number): boolean;
  /** Notes that a process runs this program from now on; undefined for an unknown program. */
  run(tgid: number, program: RunProgram | undefined, nowUs: number): void;
  /** Takes the processes whose revisit is due, and schedules their next one. */
  takeDue(nowUs: number): Candidate[];
  /** Call it when a process has exited. */
  end(tgid: number): void;
  /** Forgets all processes. Call it when events were lost. */
  clear(): void;
  /** Time of the next revisit; undefined where there is none. */
  readonly nextUs: number | undefined;
}

/** The ages of revisits, up to six seconds. An older process has been found in /proc by then, and is tracked. */
export const revisitAgesUs: readonly number[] = Array.from({ length: 27 }, (_, step) => Math.round(150 * 1.5 ** step));

/** Children that are scheduled at the same time, at most. A revisit costs some 30 us. */
const limit = 2048;

/** Revisits in a millisecond, on average, and at once. That is at most 3 % of a CPU. */
const revisitsPerMs = 1;
const burst = 64;

/** A shorter life and half of the weight that lineage.ts has: a parent that is forgotten here is read again when it forks. */
const memory = { lifeUs: 60e6, limit: 2 * 2 ** 20, entryWeight: 64, weigh: ({ weight }: RunProgram) => weight };

interface Watched extends Candidate {
  readonly parent: number;
}

export function createRevisitSchedule(): RevisitSchedule {
  const programs = createRecentMap<RunProgram>(memory);
  const alive = new Map<number, Watched>();
  /** Processes that wait for the revisit at each age, the oldest first. */
  const queues: Watched[][] = revisitAgesUs.map(() => []);
  let tokens = burst;
  let filledUs = 0;

  function refill(nowUs: number): void {
    tokens = Math.min(burst, tokens + ((nowUs - filledUs) / 1000) * revisitsPerMs);
    filledUs = nowUs;
  }

  const isCurrent = (watched: Watched): boolean => alive.get(watched.tgid) === watched;

  const isPlain = ({ tgid, parent }: Watched): boolean => (programs.get(tgid) ?? programs.get(parent))?.plain === true;

  /** Schedules the revisit at the first age that the process has not reached yet. */
  function enqueue(watched: Watched, nowUs: number): void {
    const queue = queues[revisitAgesUs.findIndex((ageUs) => watched.forkedAtUs + ageUs > nowUs)];
    if (queue === undefined) alive.delete(watched.tgid);
    else queue.push(watched);
  }

  /** @returns whether to revisit the process now. A revisit beyond the limit is left out; the one at the next age stays. */
  function admit(watched: Watched, nowUs: number): boolean {
    if (!isCurrent(watched)) return false;
    if (isPlain(watched)) {
      alive.delete(watched.tgid);
      return false;
    }
    enqueue(watched, nowUs);
    if (tokens < 1) return false;
    tokens--;
    return true;
  }

  function takeDueOf(step: number, nowUs: number, due: Candidate[]): void {
    const queue = queues[step] ?? [];
    const latest = nowUs - (revisitAgesUs[step] ?? 0);
    const count = queue.findIndex(({ forkedAtUs }) => forkedAtUs > latest);
    for (const watched of queue.splice(0, count < 0 ? queue.length : count)) {
      if (admit(watched, nowUs)) due.push(watched);
    }
  }

  return {
    fork(parent, child, atUs) {
      const program = programs.use(parent, atUs);
      if (program === undefined) programs.delete(child);
      else programs.set(child, program, atUs);
      alive.delete(child);
      if (program?.plain !== true) {
        // The first child is the oldest, and was revisited most often.
        const [first] = alive.keys();
        if (alive.size >= limit && first !== undefined) alive.delete(first);
        const watched = { tgid: child, parent, forkedAtUs: atUs };
        alive.set(child, watched);
        enqueue(watched, atUs);
      }
      return program !== undefined;
    },
    run(tgid, program, nowUs) {
      alive.delete(tgid);
      if (program === undefined) programs.delete(tgid);
      else programs.set(tgid, program, nowUs);
    },
    takeDue(nowUs) {
      refill(nowUs);
      const due: Candidate[] = [];
      for (let step = queues.length - 1; step >= 0; step--) takeDueOf(step, nowUs, due);
      return due;
    },
    end: (tgid) => void alive.delete(tgid),
    clear() {
      programs.clear();
      alive.clear();
      for (const queue of queues) queue.length = 0;
    },
    get nextUs() {
      let next: number | undefined;
      queues.forEach(([first], step) => {
        if (first === undefined) return;
        const dueUs = first.forkedAtUs + (revisitAgesUs[step] ?? 0);
        next = next === undefined ? dueUs : Math.min(next, dueUs);
      });
      return next;
    },
  };
}
