/** The growth of throttled time, from readings alone. */

import { expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createAccount, mergeAccount } from "../../src/account/account.ts";
import { billThrottled, createThrottledMeter } from "../../src/account/throttling.ts";

const total = (path: string, throttledNs: number, inode = 1) => ({ path, throttledNs, inode });
const paths = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

test("a control group that is older than the exporter begins at a baseline", () => {
  const meter = createThrottledMeter();
  meter.note(paths("old"), true);
  expect([100, 130].map((ns) => meter.growth(total("old", ns)))).toEqual([0, 30]);
});

test("an older control group that gets its quota later begins at a baseline", () => {
  const meter = createThrottledMeter();
  meter.note(paths("old"), true);
  meter.note(paths("old"), true);
  expect(meter.growth(total("old", 100))).toBe(0);
});

test("a control group that was made later is billed from zero", () => {
  const meter = createThrottledMeter();
  meter.note(paths("old"), true);
  meter.note(paths("old", "new"), true);
  expect([100, 130].map((ns) => meter.growth(total("new", ns)))).toEqual([100, 30]);
});

test("a control group that was made again under its path is billed whole, with a lower figure or a higher one", () => {
  const meter = createThrottledMeter();
  meter.note(paths("a", "b"), true);
  meter.growth(total("a", 100));
  meter.growth(total("b", 100));
  expect(meter.growth(total("a", 20))).toBe(20);
  expect(meter.growth(total("b", 300, 2))).toBe(300);
});

test("an older control group that was away for one list is billed whole when it is back", () => {
  const meter = createThrottledMeter();
  meter.note(paths("a"), true);
  meter.growth(total("a", 100));
  meter.note(paths(), true);
  meter.note(paths("a"), true);
  expect(meter.growth(total("a", 500, 2))).toBe(500);
});

test("a control group that the incomplete list before may have left out begins at a baseline", () => {
  const meter = createThrottledMeter();
  meter.note(paths("a"), false);
  meter.note(paths("a", "b"), true);
  expect(meter.growth(total("b", 100))).toBe(0);
  meter.note(paths("a", "b", "c"), true);
  expect(meter.growth(total("c", 100))).toBe(100);
});

test("the growth goes on where it was when a quota is taken away and set again", () => {
  const meter = createThrottledMeter();
  meter.note(paths(), true);
  meter.note(paths("a"), true);
  meter.growth(total("a", 100));
  meter.note(paths("a"), true);
  expect(meter.growth(total("a", 110))).toBe(10);
});

test("a growth is never below zero, whatever is read", () => {
  const reading = fc.record({ path: fc.constantFrom("a", "b"), throttledNs: fc.nat(), inode: fc.nat(2) });
  const step = fc.oneof(reading, fc.record({ seen: fc.subarray(["a", "b"]), complete: fc.boolean() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const meter = createThrottledMeter();
      for (const one of steps) {
        if ("path" in one) expect(meter.growth(one)).toBeGreaterThanOrEqual(0);
        else meter.note(new Set(one.seen), one.complete);
      }
    }),
  );
});

test("a growth is billed once to each account, and a growth of 0 makes the figure exist", () => {
  const [one, other, none] = [createAccount([]), createAccount([]), createAccount([])];
  billThrottled([one, one, other], 5);
  billThrottled([one], 7);
  expect([one.throttledNs, other.throttledNs, none.throttledNs]).toEqual([12, 5, undefined]);
  billThrottled([none], 0);
  expect(none.throttledNs).toBe(0);
});

test("a merge of accounts adds throttled time, and makes none where there was none", () => {
  const [from, to, never] = [createAccount([]), createAccount([]), createAccount([])];
  billThrottled([from], 5);
  mergeAccount(from, to);
  mergeAccount(never, to);
  expect(to.throttledNs).toBe(5);
  mergeAccount(createAccount([]), never);
  expect(never.throttledNs).toBeUndefined();
});
