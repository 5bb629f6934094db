import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { compilePattern, type Pattern } from "../../src/classify/pattern.ts";

function compiled(text: string): Pattern {
  const { value, fault } = compilePattern(text);
  if (fault !== undefined) throw new Error(`${text}: ${fault.got}`);
  return value;
}

const capturesOf = (text: string, input: string): unknown => {
  const captures = compiled(text).match(input);
  return captures === undefined ? undefined : Object.fromEntries(captures);
};

describe("a pattern", () => {
  test("matches anywhere in the text", () => {
    expect(capturesOf("b+", "abbc")).toEqual({});
    expect(capturesOf("b+", "acd")).toBeUndefined();
  });

  test.each([
    [String.raw`-config.path\s+(?P<file>\S+)`, "x -config.path  /etc/a.yml -v", { file: "/etc/a.yml" }],
    ["(?<x>a)(b)(?P<y>c)", "zabc", { x: "a", y: "c" }],
    ["(?P<x>a)?b", "b", { x: "" }],
    ["(?P<x>a*)b", "b", { x: "" }],
    ["(?P<__proto__>a)", "a", Object.fromEntries([["__proto__", "a"]])],
    ["(?i)(?P<x>É.)", "é😀", { x: "é😀" }],
  ])("gives what the named groups of %s matched", (text, input, expected) => {
    expect(capturesOf(text, input)).toEqual(expected);
  });

  test.each([
    ["nginx", "x nginx -g", { "": "nginx" }],
    ["redis-(server|sentinel)", "/usr/bin/redis-sentinel *:1", { "": "sentinel" }],
    ["(a)(?P<x>b)(c)?(?P<y>d)", "abd", { "": "", x: "b", y: "d" }],
    [String.raw`-jar\s+(?P<jar>\S+)`, "java -jar a.jar", { "": "-jar a.jar", jar: "a.jar" }],
    [".*", "", { "": "" }],
  ])(
    "gives what the last unnamed group of %s matched, or the whole match, where the caller asks for it",
    (text, input, all) => {
      const { value } = compilePattern(text, { unnamed: true });
      expect(Object.fromEntries(value?.match(input) ?? [])).toEqual(all);
    },
  );

  test("with $ matches at the end of the text alone, not before a line break at the end", () => {
    expect(capturesOf("foo$", "foo\n")).toBeUndefined();
    expect(capturesOf("(?m)foo$", "foo\n")).toEqual({});
  });

  test.each(["(a+)+$", "(a|aa)+$", "(?P<x>(a+)+)$", "(.*)(.*)(.*)(.*)(.*)[^a!]$", "(?:a?){200}a{200}$"])(
    "%s searches 64 kB of text on which a backtracking engine would not finish",
    (text) => {
      const pattern = compiled(text);
      expect(pattern.match(`${"a".repeat(4096)}!`)).toBeUndefined();
      expect(pattern.match(`${"a".repeat(65_536)}!`)).toBeUndefined();
    },
  );

  test.each([
    ["a(b", "missing closing )", 1],
    ["x(a)(b", "missing closing )", 4],
    ["[(](b", "missing closing )", 3],
    ["a)", "unexpected )", 1],
    [String.raw`\)(ok)x)y`, "unexpected )", 7],
    ["x[a", "missing closing ]: [a", 1],
    ["a**", "invalid nested repetition operator: **", 1],
    ["xa{2000}", "invalid repeat count: {2000}", 2],
    ["a*|*b", "missing argument to repetition operator: *", 3],
    ["a\\", "trailing backslash at end of expression", 1],
    ["x[b-a]", "invalid character class range: b-a", 2],
    ["a[[:foo:]]", "invalid character class range: [:foo:]", 2],
    ["(?P<x>a)(?P<x>b)", "duplicate capture group name: x", 13],
    ["a(?P<1 x>b)", "invalid named capture: (?P<1 x>", 1],
    ["a(?>b)", "invalid or unsupported Perl syntax: (?>", 1],
  ])("%s is a fault, which has Go's words and the place", (text, got, at) => {
    const { fault } = compilePattern(text);
    expect(fault).toEqual({ want: "a regular expression in Go's syntax", got, at });
  });

  test.each([
    ["a(?=b)", 1],
    ["a(?!b)", 1],
    ["(?<=a)b", 0],
    ["xy(?<!a)b", 2],
    ["[(?=]x(?=", 6],
  ])("with look-around, %s, is a fault that says so", (text, at) => {
    expect(compilePattern(text).fault).toMatchObject({
      want: "no look-ahead or look-behind, which an engine without backtracking cannot do",
      at,
    });
  });

  test.each([
    [String.raw`(a)\1`, 3],
    [String.raw`\\1(a)\1`, 6],
    ["(?P<x>a)(?P=x)", 8],
    [String.raw`(?<x>a)\k<x>`, 7],
  ])("with a backreference, %s, is a fault that says so", (text, at) => {
    expect(compilePattern(text).fault).toMatchObject({
      want: "no backreference, which an engine without backtracking cannot do",
      at,
    });
  });

  test("of any characters compiles, or is a fault with a place in the text, but never an exception", () => {
    const pattern = fc.string({
      unit: fc.constantFrom(...Array.from("ab()[]{}?*+|\\^$.-:<>=!P,19é😀")),
      maxLength: 20,
    });
    fc.assert(
      fc.property(pattern, (text) => {
        const { fault } = compilePattern(text);
        if (fault === undefined) return;
        expect(fault.got).not.toBe("");
        expect(fault.at ?? 0).toBeGreaterThanOrEqual(0);
        expect(fault.at ?? 0).toBeLessThan(text.length);
      }),
      { numRuns: 2000 },
    );
  });
});
