import { describe, expect, test } from "@jest/globals";
import { cutText, fitText, wrapText } from "../../src/terminal/fit.ts";
import { widthOf } from "../../src/terminal/width.ts";
import { fc } from "../support/properties.ts";

describe("a text that is cut", () => {
  test("stays as it is where it fits", () => {
    expect([cutText("bash", 4), cutText("", 0)]).toEqual(["bash", ""]);
  });

  test("has a mark at its end where it does not fit", () => {
    expect([cutText("kworker", 4), cutText("kworker", 1), cutText("kworker", 0)]).toEqual(["kwo~", "~", ""]);
  });

  test("is never cut within a character, also one of two columns", () => {
    expect([cutText("\u6f22\u5b57\u6f22", 4), cutText("\u6f22\u5b57\u6f22", 5)]).toEqual(["\u6f22~", "\u6f22\u5b57~"]);
    expect(cutText("\u{1f600}\u{1f600}", 3)).toBe("\u{1f600}~");
  });

  test("is escaped first: no name moves the cursor", () => {
    expect(cutText("a\u001b[2J", 20)).toBe("a\\x1b[2J");
    expect(cutText("a\u001b[2J", 4)).toBe("a\\x~");
  });
});

describe("a text that is fitted", () => {
  test("is filled with spaces at its end, or at its begin", () => {
    expect([fitText("ab", 4), fitText("ab", 4, "right"), fitText("\u6f22", 3)]).toEqual(["ab  ", "  ab", "\u6f22 "]);
  });

  test("takes exactly the columns that it is given, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 30 }), (text, columns) => {
        const fitted = fitText(text, columns);
        expect(widthOf(fitted)).toBe(columns);
        expect(fitted).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe("a text that is wrapped", () => {
  test("is broken between words", () => {
    expect(wrapText("is off: of the waits", 7)).toEqual(["is off:", "of the", "waits"]);
  });

  test("has a word cut off that is longer than a line", () => {
    expect(wrapText("a kernel.task_delayacct=1", 8)).toEqual(["a", "kernel.~"]);
  });

  test("is escaped", () => {
    expect(wrapText("a\nb", 20)).toEqual(["a\\x0ab"]);
  });
});
