/**
 * Exit records before struct version 12, which name no process: the record of a thread looks like that of a process with one thread.
 * Each record is decided on at once. A record with sums is the last of a process that had several threads. Any other record is that of
 * a known thread, of a leader whose process has or had other threads, or of a process with one thread.
 */

import type { ExitRecord } from "./exit-record.ts";
import type { TaskOwners } from "./task-owners.ts";

export interface UnnamedRecords {
  /** Handles a record. @param tgid the process whose last sums came with the record; undefined without sums */
  handle(record: ExitRecord, tgid: number | undefined): void;
}

export interface UnnamedRecordsOptions {
  readonly owners: TaskOwners;
  readonly attribute: (tgid: number, record: ExitRecord, last: boolean) => void;
  /** Called with a record of which it is not known whether it is of a thread or of a process. */
  readonly onUnattributed: (record: ExitRecord) => void;
}

export function createUnnamedRecords({ owners, attribute, onUnattributed }: UnnamedRecordsOptions): UnnamedRecords {
  return {
    handle(record, tgid) {
      if (tgid !== undefined) {
        // The entry of the process stays, for records of threads that exited at the same moment.
        attribute(tgid, record, true);
        return;
      }
      const owner = owners.ownerOf(record.tid);
      if (owner === undefined) onUnattributed(record);
      else attribute(owner, record, owner === record.tid && !owners.hasThreads(owner));
      owners.noteExit(record.tid);
    },
  };
}
