/**
 * When forked processes are to be looked at: at ages that grow by half, as long as they live and start no program. Programs
 * that never rewrite their command line are left out: nearly all forks are theirs. Pure.
 */

import { createRecentMap } from "./recent-map.ts";

/** A process that is to be looked at. */
export interface Candidate {
  readonly tgid: number;
  readonly forkedAtUs: number;
}

/** A program that a process runs. */
export interface RunProgram {
  /** Its processes leave their command lines alone. */
  readonly plain: boolean;
  /** What is kept of it elsewhere, in characters: it is forgotten here before it is there. */
  readonly weight: number;
}

export interface RevisitSchedule {
  /** @returns false where nothing is known of the parent: look at it, and tell */
  fork(parent: number, child: number, atUs: number): boolean;
  /** A process runs this program from now on; undefined: nobody knows which. */
  run(tgid: number, program: RunProgram | undefined, nowUs: number): void;
  /** Takes those whose time has come; each is put down for its next time. */
  takeDue(nowUs: number): Candidate[];
  /** A process has ended. */
  end(tgid: number): void;
  /** Events were lost: nothing is known of any process. */
  clear(): void;
  /** When the next one is due; undefined where nothing is. */
  readonly nextUs: number | undefined;
}

/** The ages, up to six seconds; by the last of them /proc has been searched, and what is found there is followed. */
export const revisitAgesUs: readonly number[] = Array.from({ length: 27 }, (_, look) => Math.round(150 * 1.5 ** look));

/** Children that are followed at a time. A look costs some 30 us. */
const limit = 2048;

/** Looks by time at the most, on average and at once: three per cent of a CPU. */
const looksPerMs = 1;
const burst = 64;

/** Shorter than the exporter remembers, and half of its weights (lineage.ts): what is forgotten here is looked at again. */
const memory = { lifeUs: 60e6, limit: 2 * 2 ** 20, entryWeight: 64, weigh: ({ weight }: RunProgram) => weight };

interface Watched extends Candidate {
  readonly parent: number;
}

export function createRevisitSchedule(): RevisitSchedule {
  const programs = createRecentMap<RunProgram>(memory);
  const alive = new Map<number, Watched>();
  /** Those that wait for a look of an age, the oldest first. */
  const queues: Watched[][] = revisitAgesUs.map(() => []);
  let tokens = burst;
  let filledUs = 0;

  function refill(nowUs: number): void {
    tokens = Math.min(burst, tokens + ((nowUs - filledUs) / 1000) * looksPerMs);
    filledUs = nowUs;
  }

  const isLeft = (watched: Watched): boolean => alive.get(watched.tgid) === watched;

  const isPlain = ({ tgid, parent }: Watched): boolean => (programs.get(tgid) ?? programs.get(parent))?.plain === true;

  /** For the first of the ages that it has not reached yet. */
  function putDown(watched: Watched, nowUs: number): void {
    const queue = queues[revisitAgesUs.findIndex((ageUs) => watched.forkedAtUs + ageUs > nowUs)];
    if (queue === undefined) alive.delete(watched.tgid);
    else queue.push(watched);
  }

  /** @returns whether it is to be looked at: what there is no time for is left to its next time */
  function pass(watched: Watched, nowUs: number): boolean {
    if (!isLeft(watched)) return false;
    if (isPlain(watched)) {
      alive.delete(watched.tgid);
      return false;
    }
    putDown(watched, nowUs);
    if (tokens < 1) return false;
    tokens--;
    return true;
  }

  function takeDueOf(step: number, nowUs: number, due: Candidate[]): void {
    const queue = queues[step] ?? [];
    const latest = nowUs - (revisitAgesUs[step] ?? 0);
    const count = queue.findIndex(({ forkedAtUs }) => forkedAtUs > latest);
    for (const watched of queue.splice(0, count < 0 ? queue.length : count)) {
      if (pass(watched, nowUs)) due.push(watched);
    }
  }

  return {
    fork(parent, child, atUs) {
      const program = programs.use(parent, atUs);
      if (program === undefined) programs.delete(child);
      else programs.set(child, program, atUs);
      alive.delete(child);
      if (program?.plain !== true) {
        // The first has been looked at most often.
        const [first] = alive.keys();
        if (alive.size >= limit && first !== undefined) alive.delete(first);
        const watched = { tgid: child, parent, forkedAtUs: atUs };
        alive.set(child, watched);
        putDown(watched, atUs);
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
