/** To which process tasks belong: asked where exit records do not say it. forks.ts knows it, polled-owners.ts in part. */

export interface TaskOwners {
  /** Exit events have been taken off their queue: whatever they need to be understood is there by now. */
  refresh(): void;
  /** The process of a task of which a record came; undefined where nothing tells. */
  ownerOf(tid: number): number | undefined;
  /** True where a process has or had threads besides its leader. Ask after `ownerOf`. */
  hasThreads(tgid: number): boolean;
  /** A task's record has been handled. */
  end(tid: number): void;
  /** No more records of the threads of a process that had several will come. */
  endProcess(tgid: number): void;
  /** All records that were queued at some time since the last call have been handled. */
  settle(): void;
  close(): void;
}
