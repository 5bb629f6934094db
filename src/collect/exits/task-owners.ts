/** The process of each task, for kernels whose exit records do not name it. Implemented by forks.ts, and in part by polled-owners.ts. */

export interface TaskOwners {
  /** Takes the queued fork events. Called when exit events have been taken: the forks of their tasks are queued by then. */
  refresh(): void;
  /** The process of a task of which a record came; undefined where it is not known. */
  ownerOf(tid: number): number | undefined;
  /** True where a process has or had threads besides its leader. Ask after `ownerOf`. */
  hasThreads(tgid: number): boolean;
  /** The exit record of a task has been handled. */
  noteExit(tid: number): void;
  /** Forgets a process that had several threads: no more records of them will come. */
  forgetProcess(tgid: number): void;
  /** Tells that all records that were queued since the last call have been handled. */
  settle(): void;
  close(): void;
}
