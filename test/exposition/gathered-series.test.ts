import { expect, test } from "@jest/globals";
import { createGatheredSeries, isSameSeries } from "../../src/exposition/gathered-series.ts";
import { noLabels } from "../../src/exposition/series.ts";

const [a, b] = [{ groupname: "a" }, { groupname: "b" }];
const shape = { labels: noLabels, bounds: [1] };
const histogram = { counts: Float64Array.of(2), sum: 5, count: 3 };

test("series are in the arrays in their order, and those of the metric before are gone", () => {
  const gathered = createGatheredSeries();
  gathered.sink.value(b, noLabels, 7);
  gathered.clear();
  gathered.sink.value(a, noLabels, 1.5, 1000);
  gathered.sink.histogram(b, shape, histogram);
  const { count, labels, kinds, values, created, histograms } = gathered;
  expect(count).toBe(2);
  expect([labels.slice(0, 2), kinds.slice(0, 2), histograms.slice(0, 2)]).toEqual([
    [a, b],
    [noLabels, shape],
    [undefined, histogram],
  ]);
  expect([...values.subarray(0, 2), ...created.subarray(0, 2)]).toEqual([1.5, 3, 1000, NaN]);
});

test("thousands of series are all there", () => {
  const gathered = createGatheredSeries();
  for (let value = 0; value < 5000; value++) gathered.sink.value(a, noLabels, value);
  expect([gathered.count, gathered.labels.length]).toEqual([5000, 5000]);
  expect([0, 1023, 1024, 4999].map((index) => gathered.values[index])).toEqual([0, 1023, 1024, 4999]);
});

test("a series is the same by its labels, its kind and its time of creation, whatever its value", () => {
  const gathered = createGatheredSeries();
  gathered.sink.value(a, noLabels, 1);
  gathered.sink.value(a, noLabels, 2);
  gathered.sink.value(b, noLabels, 1);
  gathered.sink.value(a, a, 1);
  gathered.sink.value(a, noLabels, 1, 1000);
  expect([1, 2, 3, 4].map((other) => isSameSeries(gathered, 0, gathered, other))).toEqual([true, false, false, false]);
});
