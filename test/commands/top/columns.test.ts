import { describe, expect, test } from "@jest/globals";
import { columnGap, layOutColumns } from "../../../src/commands/top/columns.ts";

const widthsAt = (width: number, names = 20): Record<string, number> =>
  Object.fromEntries(layOutColumns(width, names).map(({ name, width: columns }) => [name, columns]));

describe("the columns of a terminal of", () => {
  test("40 columns are the name, how much is run and waited, and the exits", () => {
    expect(widthsAt(40)).toEqual({ group: 17, run: 5, wait: 5, exits: 7 });
  });

  test("80 columns are all but the main wait in words", () => {
    expect(widthsAt(80)).toEqual({ group: 20, processes: 5, run: 5, wait: 5, bar: 18, exits: 7, failed: 8 });
  });

  test("200 columns are all, with long names and a long bar", () => {
    expect(Object.keys(widthsAt(200))).toEqual(["group", "processes", "run", "wait", "bar", "main", "exits", "failed"]);
    expect(widthsAt(200, 70)).toMatchObject({ group: 70, bar: 40 });
  });

  test("1 column is the name", () => {
    expect(widthsAt(1)).toEqual({ group: 1 });
  });
});

test("the columns with their gaps never take more than the terminal has", () => {
  for (let width = 1; width <= 300; width++) {
    for (const names of [0, 5, 30, 500]) {
      const columns = layOutColumns(width, names);
      const taken = columns.reduce((sum, column) => sum + column.width, (columns.length - 1) * columnGap);
      expect([width, names, taken <= width]).toEqual([width, names, true]);
    }
  }
});
