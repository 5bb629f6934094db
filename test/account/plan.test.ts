import { describe, expect, test } from "@jest/globals";
import { createPlan } from "../../src/account/plan.ts";
import { delayKinds, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { counterMetrics, largestMetrics } from "../../src/fields/group-metrics.ts";

const keysOf = (slots: readonly number[]): readonly (string | undefined)[] => slots.map((slot) => fields[slot]?.key);
const droppedKeys = ["nvcsw", "nivcsw", "ac_utime", "ac_stime"] as const satisfies readonly FieldKey[];

describe.each([true, false])("the plan where a kernel keeps the figures of exited threads: %s", (deadThreadsKept) => {
  const { process, thread } = createPlan({ deadThreadsKept });

  test("bills each field of the counters from one kind of record alone", () => {
    const billed = [process, thread].flatMap(({ sums, judged }) => [...sums, ...judged]);
    const wanted = counterMetrics.flatMap(({ series }) => series.map(({ field }) => slotOf(field)));
    expect(billed).toHaveLength(35);
    expect([...billed].sort()).toEqual([...wanted].sort());
  });

  test("bills from the sums of a process only fields that the kernel adds up", () => {
    expect(process.sums.filter((slot) => fields[slot]?.scope !== "group")).toEqual([]);
    expect(keysOf(process.sums)).toContain("cpu_run_virtual_total");
  });

  test("bills all waits from records of threads, since sums keep false waits", () => {
    const waits = delayKinds.flatMap((kind) => [`${kind}_count`, `${kind}_delay_total`]);
    expect([...keysOf(thread.judged)].sort()).toEqual([...waits].sort());
    expect(process.judged).toEqual([]);
  });

  test("takes the largest values from records of threads", () => {
    expect(keysOf(thread.largest)).toEqual(largestMetrics.flatMap(({ series }) => series.map(({ field }) => field)));
    expect(process.largest).toEqual([]);
  });
});

test("context switches and sampled CPU time are billed from the sums where these keep the figures of exited threads", () => {
  const dropped = droppedKeys.map(slotOf);
  const billedBy = ({ sums }: { readonly sums: readonly number[] }) => dropped.filter((slot) => sums.includes(slot));
  const [kept, lost] = [createPlan({ deadThreadsKept: true }), createPlan({ deadThreadsKept: false })];
  expect([billedBy(kept.process), billedBy(kept.thread)]).toEqual([dropped, []]);
  expect([billedBy(lost.process), billedBy(lost.thread)]).toEqual([[], dropped]);
});

test("where threads are billed by name, their records bill all fields, and the sums keep those of which there may be a rest", () => {
  const [by, without] = [true, false].map((threadNames) => createPlan({ deadThreadsKept: true, threadNames }));
  const all = counterMetrics.flatMap(({ series }) => series.map(({ field }) => slotOf(field)));
  expect([...(by?.thread.sums ?? []), ...(by?.thread.judged ?? [])].sort()).toEqual([...all].sort());
  expect(by?.process).toEqual(without?.process);
});
