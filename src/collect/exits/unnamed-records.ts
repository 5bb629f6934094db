/**
 * Exit records before struct version 12, which name no process: a thread's looks like that of a process with one thread.
 * Each is decided on at once. A record with sums is the last of a process that ever had several threads; any other is that
 * of a known thread, of a leader whose threads live on or lived, or of a process of its own.
 */

import type { ExitRecord } from "./exit-record.ts";
import type { TaskOwners } from "./task-owners.ts";

export interface UnnamedRecords {
  /** Takes a record. @param tgid the process whose last sums came with it */
  handle(record: ExitRecord, tgid: number | undefined): void;
}

export interface UnnamedRecordsOptions {
  readonly owners: TaskOwners;
  readonly attribute: (tgid: number, record: ExitRecord, last: boolean) => void;
  /** Told of a record of which nobody knows whether it is a thread's or a process's. */
  readonly onUnattributed: (record: ExitRecord) => void;
}

export function createUnnamedRecords({ owners, attribute, onUnattributed }: UnnamedRecordsOptions): UnnamedRecords {
  return {
    handle(record, tgid) {
      if (tgid !== undefined) {
        // Its entry stays for the records of threads that ended at the same moment.
        attribute(tgid, record, true);
        return;
      }
      const owner = owners.ownerOf(record.tid);
      if (owner === undefined) onUnattributed(record);
      else attribute(owner, record, owner === record.tid && !owners.hasThreads(owner));
      owners.end(record.tid);
    },
  };
}
