/**
 * The process of each live task: ids only, from fork events and /proc. Pure. A process that never had a second thread costs one entry
 * of a map.
 */

export interface TaskTable {
  readonly size: number;
  /** A task has been started. All that was known of its id is forgotten, and of a new process also the threads under its id. */
  fork(tid: number, tgid: number): void;
  /** /proc shows a task. */
  see(tid: number, tgid: number): void;
  /** The process of a task; undefined where it is not known. */
  ownerOf(tid: number): number | undefined;
  /** True where a process is known to have had a second thread. */
  hadThreads(tgid: number): boolean;
  /** A task's exit record came. The leader of a process that had threads stays: another thread may take its id over. */
  exit(tid: number): void;
  /** Forgets a process that had threads, and all its threads: a thread that took the leader's id over sends no record by its own id. */
  forgetProcess(tgid: number): void;
  /** Forgets all processes of one thread. */
  forgetSingle(): void;
  tasks(): Iterable<number>;
}

export function createTaskTable(): TaskTable {
  const owners = new Map<number, number>();
  /** The threads other than the leader, by process. A process that never had one has no entry. */
  const crews = new Map<number, Set<number>>();

  function crewOf(tgid: number): Set<number> {
    let crew = crews.get(tgid);
    if (crew === undefined) {
      crew = new Set();
      crews.set(tgid, crew);
    }
    return crew;
  }

  function leave(tid: number): void {
    const owner = owners.get(tid);
    if (owner !== undefined && owner !== tid) crews.get(owner)?.delete(tid);
    owners.delete(tid);
  }

  function see(tid: number, tgid: number): void {
    if (owners.get(tid) === tgid) return;
    leave(tid);
    owners.set(tid, tgid);
    if (tid !== tgid) crewOf(tgid).add(tid);
  }

  function forgetProcess(tgid: number): void {
    const crew = crews.get(tgid);
    if (crew === undefined) return;
    for (const tid of crew) owners.delete(tid);
    crews.delete(tgid);
    owners.delete(tgid);
  }

  return {
    get size() {
      return owners.size;
    },
    fork(tid, tgid) {
      // The id may have been that of a leader whose process's exit was lost.
      forgetProcess(tid);
      see(tid, tgid);
    },
    see,
    ownerOf: (tid) => owners.get(tid),
    hadThreads: (tgid) => crews.has(tgid),
    exit(tid) {
      if (owners.get(tid) !== tid || !crews.has(tid)) leave(tid);
    },
    forgetProcess,
    forgetSingle() {
      for (const [tid, tgid] of owners) if (tid === tgid && !crews.has(tgid)) owners.delete(tid);
    },
    tasks: () => owners.keys(),
  };
}
