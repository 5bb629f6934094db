import { describe, expect, test } from "@jest/globals";
import { averageColumns, type Sampled } from "../../src/live/columns.ts";
import { fc } from "../support/properties.ts";

const tens = { columns: 3, seconds: 30 };

describe("the average of a column", () => {
  test("weighs each sample by the time that it lasts in the column", () => {
    const samples = [
      { from: 0, to: 8, value: 1 },
      { from: 8, to: 10, value: 6 },
    ];
    expect(averageColumns(samples, tens)[0]).toBe(2);
  });

  test("is that of a long sample in each column that it covers, without a gap", () => {
    expect(averageColumns([{ from: 0, to: 30, value: 4 }], tens)).toEqual([4, 4, 4]);
  });

  test("divides a sample between the columns that it lies in", () => {
    const samples = [
      { from: 5, to: 15, value: 2 },
      { from: 15, to: 20, value: 4 },
    ];
    expect(averageColumns(samples, tens)).toEqual([2, 3, NaN]);
  });

  test("is NaN where nothing was sampled, and 0 where nothing happened", () => {
    expect(averageColumns([{ from: 10, to: 20, value: 0 }], tens)).toEqual([NaN, 0, NaN]);
    expect(averageColumns([], tens)).toEqual([NaN, NaN, NaN]);
  });

  test("takes of a sample that began before the first column only what lies in the column", () => {
    const samples = [
      { from: -100, to: 5, value: 8 },
      { from: 5, to: 10, value: 0 },
    ];
    expect(averageColumns(samples, tens)).toEqual([4, NaN, NaN]);
  });

  test("counts a sample that ends where the last column ends in the last column", () => {
    expect(averageColumns([{ from: 25, to: 30, value: 7 }], tens)).toEqual([NaN, NaN, 7]);
  });

  test("adds up to what the samples add up to, however they lie", () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 99 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 40 }), (all, columns) => {
        let at = 0;
        const samples: Sampled[] = all.map(([length, value]) => ({ from: at, to: (at += length), value }));
        const averages = averageColumns(samples, { columns, seconds: at });
        const sum = averages.reduce((total, average) => total + (average * at) / columns, 0);
        const expected = samples.reduce((total, { from, to, value }) => total + (to - from) * value, 0);
        expect(sum).toBeCloseTo(expected, 6);
      }),
    );
  });
});
