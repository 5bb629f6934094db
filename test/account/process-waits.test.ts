import { expect, test } from "@jest/globals";
import { createExitJudge } from "../../src/account/process-waits.ts";
import { createRefusals } from "../../src/account/refusals.ts";
import { delayKinds, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";

function totals(values: Partial<Record<FieldKey, number>>): Float64Array {
  const out = new Float64Array(fields.length).fill(NaN);
  for (const [key, value] of Object.entries(values)) out[slotOf(key as FieldKey)] = value;
  return out;
}

const blkio = slotOf("blkio_delay_total");
const sums = totals({ ac_etime: 2_000_000, blkio_count: 9, blkio_delay_total: 9e12 + 5e8 });
const last = totals({ blkio_delay_total: 1e6 });

test("refused waits of threads are left out of a copy of the process's sums; the sums stay as they were", () => {
  const refused = createRefusals();
  refused.waits[delayKinds.indexOf("blkio")] = 2;
  refused.ns[delayKinds.indexOf("blkio")] = 9e12;
  const { process } = createExitJudge()({ process: sums, last }, refused, 1_000_000);
  expect([process[blkio], process[slotOf("blkio_count")]]).toEqual([5e8, 7]);
  expect(sums[blkio]).toBe(9e12 + 5e8);
});

test("the waits of a process are not below zero where a wait was refused twice", () => {
  const refused = createRefusals();
  refused.waits[delayKinds.indexOf("blkio")] = 10;
  refused.ns[delayKinds.indexOf("blkio")] = 18e12;
  const { process } = createExitJudge()({ process: sums, last }, refused, 1_000_000);
  expect([process[blkio], process[slotOf("blkio_count")]]).toEqual([0, 0]);
});

test("waits are NaN, those of the last thread too, where the sums exceed the age of all threads", () => {
  const judged = createExitJudge()({ process: sums, last }, undefined, 1_000_000);
  expect([judged.process[blkio], judged.last[blkio]]).toEqual([NaN, NaN]);
});

test("sums are believed where the kernel leaves the ages of exited threads out of them", () => {
  const dropped = totals({ ac_etime: 0, blkio_delay_total: 7e9 });
  expect(createExitJudge()({ process: dropped, last }, undefined, 1_000_000).process[blkio]).toBe(7e9);
});
