import { expect, test } from "@jest/globals";
import { createCounters, increment } from "../../src/collect/counters.ts";
import { pollDurationBuckets } from "../../src/fields/exporter-metrics.ts";

test("all counts begin at 0, and fork events have none before they are followed", () => {
  const { forks, exitAttribution, implausible, pollDuration, ...rest } = createCounters();
  const { malformed, scrapeErrors, requestsRejected, ...numbers } = rest;
  expect(forks).toBeUndefined();
  for (const value of [...Object.values(numbers), ...Object.values(exitAttribution)]) expect(value).toBe(0);
  for (const counts of [malformed, scrapeErrors, requestsRejected]) expect(counts.size).toBe(0);
  expect([...implausible.waits, ...implausible.ns].every((value) => value === 0)).toBe(true);
  expect([pollDuration.bounds, pollDuration.sum]).toEqual([pollDurationBuckets, 0]);
});

test("two exporters share no counts", () => {
  const [one, other] = [createCounters(), createCounters()];
  one.exitAttribution.event++;
  increment(one.malformed, "MESSAGE_LENGTH");
  expect([other.exitAttribution.event, other.malformed.size]).toEqual([0, 0]);
});

test("a count by key begins with the first event, and counts each key by itself", () => {
  const counts = new Map<string, number>();
  for (const key of ["a", "b", "a"]) increment(counts, key);
  expect([...counts]).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
});
