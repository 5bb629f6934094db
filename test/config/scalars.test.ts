import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import {
  anchorKey,
  boolean,
  compilable,
  duration,
  integer,
  list,
  mapping,
  number,
  section,
  text,
} from "../../src/config/scalars.ts";
import { issuesOf } from "../support/issues.ts";

const notTexts = [null, [], {}, 7];

describe("a boolean", () => {
  test("may be spelled as in YAML 1.1", () => {
    expect(["true", "yes", "ON", "n", "off"].map((value) => v.parse(boolean, value))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test.each(["", "perhaps", "1", "yEs", ...notTexts])("is not %j", (value) => {
    expect(issuesOf(boolean, value)).toEqual([": true or false"]);
  });
});

describe("a number", () => {
  test.each([
    ["0", 0],
    ["010", 10],
    ["-1.50", -1.5],
    ["+20", 20],
    [".5", 0.5],
    ["5.", 5],
    ["1e-3", 0.001],
  ])("%s is %d", (written, value) => {
    expect(v.parse(number, written)).toBe(value);
  });

  test.each(["", " 1", "1 ", ".", "1e", "e1", "0x1f", ".inf", "NaN", "Infinity", "1_000", "1,5", ...notTexts])(
    "is not %j",
    (value) => {
      expect(issuesOf(number, value)).toContain(": a number");
    },
  );

  test("is finite", () => {
    expect(issuesOf(number, "1e999")).toEqual([": a finite number"]);
  });
});

describe("an integer", () => {
  const schema = integer(16, 4096);

  test.each(["16", "4096", "0016"])("from 16 to 4096 may be %s", (written) => {
    expect(v.parse(schema, written)).toBe(Number(written));
  });

  test.each(["15", "4097", "16.5", "-16", "+16", "1e2", "", "999999999999999999", ...notTexts])(
    "from 16 to 4096 is not %j",
    (value) => {
      expect(issuesOf(schema, value)).toContain(": an integer from 16 to 4096");
    },
  );
});

describe("a duration", () => {
  const schema = duration(60_000, "1m");

  test("is given in milliseconds", () => {
    expect(["1m", "60s", "1h30m", "60000ms"].map((value) => v.parse(schema, value))).toEqual([
      60_000, 60_000, 5_400_000, 60_000,
    ]);
  });

  test.each(["59s", "59999ms", "60", "", "1 m", "forever", ...notTexts])("of a minute at least is not %j", (value) => {
    expect(issuesOf(schema, value)).toEqual([": a duration such as 500ms, 5s or 1m30s, 1m at least"]);
  });
});

describe("a list", () => {
  const schema = list(text, "a list of texts");

  test("leaves out the items that have no value", () => {
    expect(v.parse(schema, ["a", null, "", null])).toEqual(["a", ""]);
    expect(v.parse(schema, [])).toEqual([]);
  });

  test("checks each item, and tells its index", () => {
    expect(issuesOf(schema, ["a", ["b"], null, {}])).toEqual(["1: a text", "3: a text"]);
  });

  test.each(["a", null, { a: "b" }])("is not %j", (value) => {
    expect(issuesOf(schema, value)).toEqual([": a list of texts"]);
  });
});

test.each([[[]], [["a"]], [null], ["a"], [7]])("%j is no mapping", (value) => {
  expect(issuesOf(mapping, value)).toEqual([": a mapping"]);
});

describe("a section", () => {
  const schema = section({ name: v.nullish(text), limit: v.nullish(text) });

  test("may have each of its keys, with or without a value", () => {
    expect(v.parse(schema, { name: "a", limit: null })).toEqual({ name: "a", limit: null });
    expect(v.parse(schema, {})).toEqual({});
  });

  test("refuses any other key, and names those that it has", () => {
    expect(issuesOf(schema, { nam: "a", limit: ["b"] }).sort()).toEqual(["limit: a text", "nam: name, limit"]);
  });

  test("drops the keys that only hold an anchor", () => {
    expect(v.parse(schema, { name: "a", "x-why": ["anything"], ".b": null })).toEqual({ name: "a" });
  });

  test.each(["a", null, ["name"]])("is not %j", (value) => {
    expect(issuesOf(schema, value)).toEqual([": a mapping"]);
  });
});

test("a key that holds an anchor begins with x- or a dot", () => {
  expect(["x-", "x-a", ".", ".a", "x", "xa", "X-a", "a.x-", ""].filter((key) => anchorKey.test(key))).toEqual([
    "x-",
    "x-a",
    ".",
    ".a",
  ]);
});

describe("a text that is compiled", () => {
  const schema = compilable((written) =>
    written.includes("!") ? { fault: { want: "no !", got: "a !", at: written.indexOf("!") } } : { value: written },
  );

  test("is its own value", () => {
    expect(v.parse(schema, "abc")).toBe("abc");
  });

  test("has the fault of the compiler, and its place as the last step of the path", () => {
    expect(issuesOf(v.array(schema), ["abc", "ab!"])).toEqual(["1.2: no !"]);
    expect(v.safeParse(schema, "!").issues?.[0]).toMatchObject({ received: "a !", path: [{ key: 0 }] });
  });

  test("that is no text is not compiled", () => {
    expect(issuesOf(schema, ["!"])).toEqual([": a text"]);
  });
});
