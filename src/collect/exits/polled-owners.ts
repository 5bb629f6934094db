/**
 * The process of each task, as far as polls know it: for a kernel whose records name no process and whose fork events do not arrive.
 * A thread that started and exited between two polls is taken for a process.
 */

import type { TaskOwners } from "./task-owners.ts";
import type { Tracker } from "../groups/tracker.ts";

export function createPolledOwners({ processes, outlivesLeader }: Tracker): TaskOwners {
  return {
    refresh: () => undefined,
    ownerOf(tid) {
      if (processes.has(tid)) return tid;
      for (const { tgid, threads } of processes.values()) if (threads.has(tid)) return tgid;
      return tid;
    },
    hasThreads: (tgid) => (processes.get(tgid)?.threadCount ?? 1) > 1 || outlivesLeader(tgid),
    noteExit: () => undefined,
    forgetProcess: () => undefined,
    settle: () => undefined,
    close: () => undefined,
  };
}
