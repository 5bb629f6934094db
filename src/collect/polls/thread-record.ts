/** The record of a live thread, from the reply to a query. */

import type { Totals } from "../../account/account.ts";
import type { Reception } from "../../taskstats/decode.ts";
import type { ThreadRecord } from "../biller.ts";

/** Creates a function that reads the records of one client. It returns the same object each time, with views of the reception. */
export function createThreadRecordReader(): (reception: Pick<Reception, "thread" | "readComm">) => ThreadRecord {
  const record = { tid: 0, values: new Float64Array(0) as Totals, readComm: () => "" };
  return ({ thread, readComm }) => {
    record.tid = thread.id;
    record.values = thread.values;
    record.readComm = readComm;
    return record;
  };
}
