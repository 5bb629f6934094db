import { describe, expect, test } from "@jest/globals";
import { formatRate } from "../../src/live/format-rate.ts";
import { fc } from "../support/properties.ts";

describe("a rate", () => {
  const examples: readonly (readonly [rate: number, text: string])[] = [
    [0, "0"],
    [1e-12, "<0.01"],
    [0.00499, "<0.01"],
    [0.005, "0.01"],
    [0.52, "0.52"],
    [1, "1.00"],
    [9.994, "9.99"],
    [9.995, "10.0"],
    [12.34, "12.3"],
    [99.94, "99.9"],
    [99.95, "100"],
    [120, "120"],
    [4711.4, "4711"],
    [9999.4, "9999"],
    [9999.5, "10.0k"],
    [123_456, "123k"],
    [999_499, "999k"],
    [999_500, "1.00M"],
    [2e9, "2.00G"],
    [5e12, "5000G"],
    [1e13, ">9T"],
    [Infinity, ">9T"],
    [NaN, "-"],
    [-0, "0"],
    [-3, "0"],
  ];
  test.each(examples)("of %d is shown as %s", (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  test("takes five characters at the most, and is 0 only where nothing happened", () => {
    const rates = fc.oneof(fc.double({ min: 0, noNaN: true }), fc.double({ min: 0, max: 2e6, noNaN: true }));
    fc.assert(
      fc.property(rates, (rate) => {
        const text = formatRate(rate);
        expect(text.length).toBeLessThanOrEqual(5);
        expect(text === "0").toBe(rate === 0);
      }),
    );
  });

  test("is within one part in a hundred of what is shown, from 0.5 on", () => {
    const scales: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9 };
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 9e12, noNaN: true }), (rate) => {
        const text = formatRate(rate);
        const shown = Number.parseFloat(text) * (scales[text.slice(-1)] ?? 1);
        expect(Math.abs(shown - rate) / rate).toBeLessThan(0.0101);
      }),
    );
  });
});
