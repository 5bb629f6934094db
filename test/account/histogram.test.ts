import { expect, test } from "@jest/globals";
import { addHistogram, createHistogram, observe, type Histogram } from "../../src/account/histogram.ts";

function histogramOf(bounds: readonly number[], ...values: readonly number[]): Histogram {
  const histogram = createHistogram(bounds);
  for (const value of values) observe(histogram, value);
  return histogram;
}

const figures = ({ counts, sum, count }: Histogram): unknown => ({ counts: [...counts], sum, count });

test("a new histogram has a zero for each bound", () => {
  expect(figures(createHistogram([1, 10]))).toEqual({ counts: [0, 0], sum: 0, count: 0 });
});

test("a value that equals a bound is counted at that bound", () => {
  expect(figures(histogramOf([1, 10], 1, 1.5, 10))).toEqual({ counts: [1, 2], sum: 12.5, count: 3 });
});

test("each value is counted at one bound alone, the lowest that it does not exceed", () => {
  expect(figures(histogramOf([1, 10, 100], 0, -5, 2))).toEqual({ counts: [2, 1, 0], sum: -3, count: 3 });
});

test("a value above all bounds is only in the count and in the sum", () => {
  expect(figures(histogramOf([1, 10], 11))).toEqual({ counts: [0, 0], sum: 11, count: 1 });
  expect(figures(histogramOf([], 11))).toEqual({ counts: [], sum: 11, count: 1 });
});

test("NaN, a field that the kernel does not have, is not counted", () => {
  expect(figures(histogramOf([1], NaN, 1, NaN))).toEqual({ counts: [1], sum: 1, count: 1 });
});

test("one histogram is added to another, and stays as it was", () => {
  const [from, to] = [histogramOf([1, 10], 1, 5, 20), histogramOf([1, 10], 0.5)];
  addHistogram(from, to);
  expect(figures(to)).toEqual({ counts: [2, 1], sum: 26.5, count: 4 });
  expect(figures(from)).toEqual({ counts: [1, 1], sum: 26, count: 3 });
});
