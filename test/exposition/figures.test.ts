import { describe, expect, test } from "@jest/globals";
import { isSame, isSameNumbers } from "../../src/exposition/figures.ts";
import { fc } from "../support/properties.ts";

/** Figures of all shapes, and a function, which is its own copy. */
const createFigures = () => ({
  number: 1,
  text: "a",
  absent: undefined,
  nothing: null,
  list: [1, [2, 3]],
  sums: Float64Array.of(1, NaN),
  indexes: Int32Array.of(1, 2),
  byName: new Map([["a", { count: 1 }]]),
  nested: { deep: { value: 1 } },
  convert: Math.abs,
});

describe("figures", () => {
  test("are the same where all of them are", () => {
    expect(isSame(createFigures(), createFigures())).toBe(true);
  });

  test.each([
    ["a number", { number: 2 }],
    ["a text", { text: "b" }],
    ["nothing in place of a number", { number: undefined }],
    ["an element of a list", { list: [1, [2, 4]] }],
    ["the length of a list", { list: [1, [2, 3], 4] }],
    ["a sum", { sums: Float64Array.of(2, NaN) }],
    ["the number of sums", { sums: Float64Array.of(1) }],
    ["an index", { indexes: Int32Array.of(1, 3) }],
    ["the figure of a name", { byName: new Map([["a", { count: 2 }]]) }],
    ["a name", { byName: new Map([["b", { count: 1 }]]) }],
    ["the number of names", { byName: new Map() }],
    ["a nested figure", { nested: { deep: { value: 2 } } }],
    ["the shape of a figure", { nested: [1] }],
    ["a map in place of an object", { nested: new Map() }],
    ["an object in place of a map", { byName: {} }],
    ["another function", { convert: Math.ceil }],
    ["one figure more", { more: 1 }],
  ])("differ by %s, whichever is compared with the other", (_what, change) => {
    const other = { ...createFigures(), ...change };
    expect(isSame(createFigures(), other)).toBe(false);
    expect(isSame(other, createFigures())).toBe(false);
  });

  test("without a value are the same as none", () => {
    expect(isSame({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(isSame({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  });

  test("of any shape are those of their copy", () => {
    fc.assert(fc.property(fc.object(), (figures) => isSame(figures, structuredClone(figures))));
  });
});

test("numbers are the same where each is, NaN among them", () => {
  expect(isSameNumbers(Float64Array.of(1, NaN), Float64Array.of(1, NaN))).toBe(true);
  expect(isSameNumbers(Float64Array.of(1, NaN), Float64Array.of(1, 0))).toBe(false);
  expect(isSameNumbers(Float64Array.of(1, 2), Float64Array.of(1, NaN))).toBe(false);
  expect(isSameNumbers(Float64Array.of(1), Float64Array.of(1, 2))).toBe(false);
});
