import { expect, test } from "@jest/globals";
import { createCorrections, type Corrections } from "../../src/account/corrections.ts";
import { delayKinds, fields, slotOf } from "../../src/fields/fields.ts";

const kind = delayKinds.indexOf("blkio");
const slots = { count: slotOf("blkio_count"), total: slotOf("blkio_delay_total"), max: slotOf("blkio_delay_max") };

function totals(count: number, total: number, max: number): Float64Array {
  const out = new Float64Array(fields.length).fill(1);
  out[slots.count] = count;
  out[slots.total] = total;
  out[slots.max] = max;
  return out;
}

function apply(corrections: Corrections, row: number, ...figures: readonly [number, number, number]): unknown[] {
  const out = corrections.apply(row, totals(...figures));
  return [out[slots.count], out[slots.total], out[slots.max]];
}

test("totals of a row without refusals are given back themselves", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 1, ns: 50, longestNs: NaN }, 50);
  const figures = totals(3, 90, 50);
  expect(corrections.apply(2, figures)).toBe(figures);
  expect(corrections.leftOutNs(2, kind)).toBe(0);
});

test("refused waits are left out of all later totals of their row, and of their kind alone", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 1, ns: 50, longestNs: NaN }, 50);
  corrections.add(1, kind, { waits: 2, ns: 7, longestNs: NaN }, 0);
  expect([corrections.leftOutNs(1, kind), corrections.leftOutNs(1, kind + 1)]).toEqual([57, 0]);
  const figures = totals(5, 100, 9);
  const believed = corrections.apply(1, figures);
  expect([believed[slots.count], believed[slots.total]]).toEqual([2, 43]);
  const changed = fields.flatMap((_field, slot) => (believed[slot] === figures[slot] ? [] : [slot]));
  expect(changed.sort()).toEqual([slots.count, slots.total].sort());
  expect(figures[slots.total]).toBe(100);
});

test("a false maximum is replaced until the kernel has a larger one", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 0, ns: 10, longestNs: 40 }, 50);
  expect(apply(corrections, 1, 3, 100, 50)).toEqual([3, 90, 40]);
  expect(apply(corrections, 1, 4, 160, 60)).toEqual([4, 150, 60]);
});

test("waits that did not raise the maximum change nothing of it, be it true or false", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 1, ns: 10, longestNs: NaN }, 0);
  expect(apply(corrections, 1, 3, 100, 50)).toEqual([2, 90, 50]);
  corrections.add(1, kind, { waits: 1, ns: 60, longestNs: NaN }, 60);
  corrections.add(1, kind, { waits: 1, ns: 5, longestNs: NaN }, 0);
  expect(apply(corrections, 1, 5, 165, 60)).toEqual([2, 90, NaN]);
});

test("a believed maximum stays as well", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 0, ns: 10, longestNs: 50 }, 50);
  expect(apply(corrections, 1, 3, 100, 50)).toEqual([3, 90, 50]);
});

test("nothing is left out of a row that was forgotten", () => {
  const corrections = createCorrections();
  corrections.add(1, kind, { waits: 1, ns: 50, longestNs: NaN }, 50);
  corrections.add(2, kind, { waits: 1, ns: 5, longestNs: NaN }, 5);
  corrections.forget(1);
  const figures = totals(3, 90, 50);
  expect([corrections.apply(1, figures) === figures, corrections.leftOutNs(1, kind)]).toEqual([true, 0]);
  expect(corrections.leftOutNs(2, kind)).toBe(5);
});
