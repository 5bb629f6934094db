import { expect, test } from "@jest/globals";
import { expireEntry } from "../../../src/collect/groups/group-expiry.ts";
import { createNamedEntry } from "../../support/groups.ts";

const minute = 60e6;
const retentionUs = minute;

/** Calls `expireEntry` for a group without a sign of life. */
const expireIdle = (entry: ReturnType<typeof createNamedEntry>, nowUs: number): boolean =>
  expireEntry(entry, { nowUs, alive: false, retentionUs });

test("a group stays on the page until its retention time is over, counted from the first call", () => {
  const entry = createNamedEntry("a");
  expireIdle(entry, 5 * minute);
  expireIdle(entry, 6 * minute - 1);
  expect(entry.shown).toBe(true);
  expireIdle(entry, 6 * minute);
  expect(entry.shown).toBe(false);
});

test("a sign of life begins the retention time anew", () => {
  const entry = createNamedEntry("a");
  expireIdle(entry, 0);
  expireEntry(entry, { nowUs: minute, alive: true, retentionUs });
  expireIdle(entry, 2 * minute - 1);
  expect(entry.shown).toBe(true);
});

test("a group is forgotten ten minutes after it left the page, and not before", () => {
  const entry = createNamedEntry("a");
  expect(expireIdle(entry, 0)).toBe(false);
  expect(expireIdle(entry, 3 * minute)).toBe(false);
  expect(expireIdle(entry, 13 * minute - 1)).toBe(false);
  expect(expireIdle(entry, 13 * minute)).toBe(true);
});

test("a group that came back and left again is forgotten ten minutes after it left last", () => {
  const entry = createNamedEntry("a");
  expireIdle(entry, 0);
  expireIdle(entry, minute);
  entry.shown = true;
  expireEntry(entry, { nowUs: 8 * minute, alive: true, retentionUs });
  expect(expireIdle(entry, 9 * minute)).toBe(false);
  expect([expireIdle(entry, 18 * minute), expireIdle(entry, 19 * minute)]).toEqual([false, true]);
});

test("a group that left the page does not return when its retention time grows", () => {
  const entry = createNamedEntry("a");
  expireIdle(entry, 0);
  expireIdle(entry, minute);
  expireEntry(entry, { nowUs: 1.1 * minute, alive: false, retentionUs: 10 * minute });
  expect(entry.shown).toBe(false);
});
