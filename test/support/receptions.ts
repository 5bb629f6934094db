/** Receptions and exit records by hand: what a decoder gives for one exit event. */

import { createExitRecordReader, type Arrival, type ExitRecord } from "../../src/collect/exits/exit-record.ts";
import { slotOf, type FieldKey } from "../../src/fields/fields.ts";
import type { Part, Reception } from "../../src/taskstats/decode.ts";
import { createRecord, type RecordValues } from "../../src/taskstats/record.ts";

export type FieldValues = Partial<Record<FieldKey, number>>;

/** A record with these fields; the others are 0. */
export function recordOf(figures: FieldValues = {}): RecordValues {
  const values = createRecord().fill(0);
  for (const [key, value] of Object.entries(figures)) values[slotOf(key as FieldKey)] = value;
  return values;
}

export interface ReceptionSpec {
  readonly tid: number;
  /** The process that the record names; `tid` where left out. */
  readonly tgid?: number;
  readonly comm?: string;
  readonly figures?: FieldValues;
  /** The last sums of the process; absent where left out. */
  readonly sums?: FieldValues;
}

export function receptionOf({ tid, tgid = tid, comm = "prog", figures, sums }: ReceptionSpec): Reception {
  const part = (present: boolean, id: number, values: RecordValues): Part => {
    return { present, id, version: 16, bytes: 560, values };
  };
  return {
    seq: 0,
    errno: undefined,
    thread: part(true, tid, recordOf({ ac_pid: tid, ac_tgid: tgid, ...figures })),
    process: part(sums !== undefined, tgid, recordOf(sums)),
    tgid,
    readComm: () => comm,
  };
}

const unknownArrival: Arrival = { emptyAtUs: -Infinity, epochUs: -Infinity };

export function exitRecordOf(spec: ReceptionSpec, arrival = unknownArrival): ExitRecord {
  return createExitRecordReader()(receptionOf(spec), arrival);
}
