/**
 * Exit records before struct version 12, which name no process: a thread's record looks like that of a process with one
 * thread. It is put off until all that is queued has been read. A thread is one that polls have seen, or that the last sums
 * of a process account for to the nanosecond; what is left is taken for a process of its own, which is wrong for a thread
 * that began and ended between two polls of a process that lives on.
 */

import { slotOf } from "../fields/fields.ts";
import { keepEnd, parentOf, type EndRecord } from "./end-record.ts";
import type { Tracker } from "./tracker.ts";

export interface Unnamed {
  /** Takes a record. @param tgid the process whose last sums came with it */
  handle(end: EndRecord, tgid: number | undefined): void;
  /** Attributes what was put off and will not become clearer. */
  settle(): void;
}

export interface UnnamedOptions {
  readonly tracker: Tracker;
  readonly attribute: (tgid: number, end: EndRecord, last: boolean) => void;
}

const runTime = slotOf("cpu_run_virtual_total");

/** Records put off at the most. */
const limit = 100_000;

const runTimeOf = ({ values }: EndRecord): number => values[runTime] as number;

const sumRunTime = (ends: readonly EndRecord[]): number => ends.reduce((sum, end) => sum + runTimeOf(end), 0);

export function createUnnamed({ tracker, attribute }: UnnamedOptions): Unnamed {
  let held: EndRecord[] = [];

  /** The process that a thread's record belongs to, as far as polls know its threads. */
  function ownerOf(tid: number): number | undefined {
    for (const { tgid, threads, threadCount } of tracker.processes.values()) {
      if (threads.has(tid) && (tid !== tgid || threadCount > 1)) return tgid;
    }
    return undefined;
  }

  /** Those of the held records that a process's last sums account for, besides its known threads and its last one. */
  function claim(tgid: number, last: EndRecord): readonly EndRecord[] {
    const comm = last.readComm();
    const siblings = held.filter((end) => parentOf(end) === parentOf(last));
    const leader = siblings.filter(({ tid }) => tid === tgid);
    const others = siblings.filter(({ tid }) => tid !== tgid);
    const missing =
      (last.sums?.[runTime] ?? NaN) - runTimeOf(last) - (tracker.processes.get(tgid)?.endedRunTimeNs ?? 0);
    const choices = [siblings, [...leader, ...others.filter(({ readComm }) => readComm() === comm)]];
    return choices.find((choice) => sumRunTime(choice) === missing) ?? leader;
  }

  function handle(end: EndRecord, tgid: number | undefined): void {
    if (tgid !== undefined) {
      const claimed = new Set(claim(tgid, end));
      held = held.filter((other) => !claimed.has(other));
      for (const thread of claimed) attribute(tgid, thread, false);
      attribute(tgid, end, true);
      return;
    }
    const owner = ownerOf(end.tid);
    if (owner !== undefined) attribute(owner, end, false);
    else held.push(keepEnd(end));
    if (held.length > limit) settle();
  }

  function settle(): void {
    const settled = held;
    held = [];
    for (const end of settled) attribute(end.tid, end, !tracker.outlivesLeader(end.tid));
  }

  return { handle, settle };
}
