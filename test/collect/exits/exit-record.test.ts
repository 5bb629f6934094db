/** What is read from the record of one exit event. */

import { expect, test } from "@jest/globals";
import {
  bornAfterUs,
  copyExitRecord,
  createExitRecordReader,
  isForkOnly,
  isMarkedLast,
  lifeUsOf,
  parentOf,
  statusOf,
  uidOf,
} from "../../../src/collect/exits/exit-record.ts";
import { AFORK, AGROUP, slotOf } from "../../../src/fields/fields.ts";
import { exitRecordOf, receptionOf } from "../../support/receptions.ts";

const arrival = { emptyAtUs: -Infinity, epochUs: -Infinity };
const minflt = slotOf("ac_minflt");

test("user, parent and wait status are those of the record", () => {
  const record = exitRecordOf({ tid: 7, figures: { ac_uid: 1000, ac_ppid: 5, ac_exitcode: 0x0100 } });
  expect([record.tid, uidOf(record), parentOf(record), statusOf(record)]).toEqual([7, 1000, 5, 0x0100]);
});

test.each([
  [0, false, false],
  [AFORK, true, false],
  [AGROUP, false, true],
  [AFORK | AGROUP | 0x10, true, true],
  [0x10, false, false],
])(
  "ac_flag %i says whether no program was started (%s) and whether the thread was the last (%s)",
  (flag, fork, last) => {
    const record = exitRecordOf({ tid: 7, figures: { ac_flag: flag } });
    expect([isForkOnly(record), isMarkedLast(record)]).toEqual([fork, last]);
  },
);

test("sums are undefined where the event carries none", () => {
  expect(exitRecordOf({ tid: 7 }).sums).toBeUndefined();
  expect(exitRecordOf({ tid: 7, sums: { nvcsw: 3 } }).sums?.[slotOf("nvcsw")]).toBe(3);
});

test("the life is the age less the waits for a CPU, and never negative", () => {
  expect(lifeUsOf(exitRecordOf({ tid: 7, figures: { ac_etime: 5000, cpu_delay_total: 2_000_000 } }))).toBe(3000);
  expect(lifeUsOf(exitRecordOf({ tid: 7, figures: { ac_etime: 5000, cpu_delay_total: 9_000_000 } }))).toBe(0);
});

test("the task started after the later one of two bounds: by its age, and by its start in seconds", () => {
  const figures = { ac_etime: 1e6, ac_btime: 100 };
  const born = (emptyAtUs: number, epochUs: number): number =>
    bornAfterUs(exitRecordOf({ tid: 7, figures }, { emptyAtUs, epochUs }));
  // Sent after 50 s with an age of 1 s: started after 49 s.
  expect(born(50e6, -Infinity)).toBe(49e6);
  // Started in second 100 of the time of day, two seconds of doubt: after 98 s less the 60 s between the two clocks.
  expect(born(-Infinity, -60e6)).toBe(38e6);
  expect(born(50e6, -60e6)).toBe(49e6);
  expect(born(30e6, -60e6)).toBe(38e6);
});

test("a reader reuses its record, and a copy stays what it was", () => {
  const read = createExitRecordReader();
  const first = receptionOf({ tid: 7, comm: "first", figures: { ac_minflt: 1 }, sums: { nvcsw: 1 } });
  const record = read(first, arrival);
  const copy = copyExitRecord(record);
  first.thread.values[minflt] = 2;
  first.process.values[slotOf("nvcsw")] = 2;
  expect(read(receptionOf({ tid: 8, comm: "second" }), arrival)).toBe(record);
  expect([record.tid, record.readComm(), record.sums]).toEqual([8, "second", undefined]);
  expect([copy.tid, copy.readComm(), copy.values[minflt], copy.sums?.[slotOf("nvcsw")]]).toEqual([7, "first", 1, 1]);
});
