/**
 * Exit records before struct version 12, which name no process: a thread's looks like that of a process with one thread.
 * Each is decided on at once. A record with sums is the last of a process that ever had several threads; any other is that
 * of a known thread, of a leader whose threads live on or lived, or of a process of its own.
 */

import type { EndRecord } from "./end-record.ts";
import type { TaskOwners } from "./owners.ts";

export interface Unnamed {
  /** Takes a record. @param tgid the process whose last sums came with it */
  handle(end: EndRecord, tgid: number | undefined): void;
}

export interface UnnamedOptions {
  readonly owners: TaskOwners;
  readonly attribute: (tgid: number, end: EndRecord, last: boolean) => void;
  /** Told of a record of which nobody knows whether it is a thread's or a process's. */
  readonly onUnattributed: (end: EndRecord) => void;
}

export function createUnnamed({ owners, attribute, onUnattributed }: UnnamedOptions): Unnamed {
  return {
    handle(end, tgid) {
      if (tgid !== undefined) {
        // Its entry stays for the records of threads that ended at the same moment.
        attribute(tgid, end, true);
        return;
      }
      const owner = owners.ownerOf(end.tid);
      if (owner === undefined) onUnattributed(end);
      else attribute(owner, end, owner === end.tid && !owners.hasThreads(owner));
      owners.end(end.tid);
    },
  };
}
