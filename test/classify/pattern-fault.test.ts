/** Where a fault in a regular expression is, with a made-up engine. test/classify/pattern.test.ts has the real one. */

import { describe, expect, test } from "@jest/globals";
import { describeFault, type PatternError } from "../../src/classify/pattern-fault.ts";

const goSyntax = "a regular expression in Go's syntax";

function never(): PatternError | undefined {
  throw new Error("the engine was asked");
}

describe("a parenthesis that is never closed", () => {
  test.each([
    ["a(b", 1],
    ["x(a)(b", 4],
    ["((a)(b", 0],
    [String.raw`\((a`, 2],
    ["[(](a", 3],
    ["[^](](a", 5],
    ["[[:alpha:](](a", 12],
    [String.raw`[\](](a`, 5],
    ["😀(a", 2],
  ])("is found where it stands in %s, without a question to the engine", (pattern, at) => {
    const error = { error: "missing closing )", input: pattern };
    expect(describeFault(pattern, error, never)).toEqual({ want: goSyntax, got: "missing closing )", at });
  });
});

test("a backslash at the end is at the end", () => {
  const error = { error: "trailing backslash at end of expression", input: "" };
  expect(describeFault("abc\\", error, never)).toEqual({ want: goSyntax, got: error.error, at: 3 });
});

describe("another fault", () => {
  /** An engine that reads from left to right and stops at the first B. */
  const stopAtB = (error: string) => (pattern: string) =>
    pattern.includes("BAD") ? { error, input: "BAD" } : undefined;

  test("is at the end of the shortest beginning that fails in the same way", () => {
    const errorOf = stopAtB("bad piece");
    for (const before of [0, 1, 2, 30, 61]) {
      const pattern = `${"x".repeat(before)}BAD${"BAD".repeat(10)}`;
      expect(describeFault(pattern, { error: "bad piece", input: "BAD" }, errorOf)).toEqual({
        want: goSyntax,
        got: "bad piece: BAD",
        at: before,
      });
    }
  });

  test("is found with few questions to the engine, however long the pattern is", () => {
    let asked = 0;
    const errorOf = (pattern: string): PatternError | undefined => {
      asked++;
      return stopAtB("bad piece")(pattern);
    };
    describeFault(`${"x".repeat(30_000)}BAD${"x".repeat(30_000)}`, { error: "bad piece", input: "BAD" }, errorOf);
    expect(asked).toBeLessThanOrEqual(16);
  });

  test("is not confused with a beginning that fails for another reason", () => {
    const errorOf = (pattern: string): PatternError | undefined =>
      pattern.length < 6 ? { error: "unfinished", input: "x" } : stopAtB("bad piece")(pattern);
    expect(describeFault("xxxxxxBADx", { error: "bad piece", input: "BAD" }, errorOf).at).toBe(6);
  });

  test("of a closing parenthesis too many is at that parenthesis", () => {
    const errorOf = (pattern: string): PatternError | undefined =>
      pattern.includes(")") ? { error: "unexpected )", input: pattern } : undefined;
    expect(describeFault("ab)cd", { error: "unexpected )", input: "ab)cd" }, errorOf)).toEqual({
      want: goSyntax,
      got: "unexpected )",
      at: 2,
    });
  });

  test("has no place where the engine names no piece", () => {
    expect(describeFault("a", { error: "too large", input: null }, never)).toEqual({
      want: goSyntax,
      got: "too large",
    });
    expect(describeFault("a", {}, never)).toEqual({ want: goSyntax, got: "invalid pattern" });
  });
});

describe("what an engine without backtracking cannot do", () => {
  const noLookAround = "no look-ahead or look-behind, which an engine without backtracking cannot do";
  const noReference = "no backreference, which an engine without backtracking cannot do";

  test.each([
    ["(?=", noLookAround],
    ["(?!", noLookAround],
    ["(?<=", noLookAround],
    ["(?<!", noLookAround],
    [String.raw`\1`, noReference],
    [String.raw`\k`, noReference],
    ["(?P=", noReference],
    ["(?>", goSyntax],
    [String.raw`\0`, goSyntax],
  ])("is said of %s", (piece, want) => {
    const error = { error: "invalid or unsupported", input: piece };
    const errorOf = (pattern: string): PatternError | undefined => (pattern.includes(piece) ? error : undefined);
    expect(describeFault(`ab${piece}c)`, error, errorOf)).toEqual({
      want,
      got: `invalid or unsupported: ${piece}`,
      at: 2,
    });
  });
});
