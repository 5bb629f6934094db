import { describe, expect, test } from "@jest/globals";
import { elementsOf, entriesOf, fieldOf, parseJson, textOf } from "../../src/kubernetes/json.ts";

const notObjects = [undefined, null, "text", 7, true, ["a"]];

describe("a field", () => {
  test("is found by its keys, one below the other", () => {
    const pod = { metadata: { labels: { app: "web" }, generation: 0, annotations: null } };
    expect(fieldOf(pod, "metadata", "labels", "app")).toBe("web");
    expect(fieldOf(pod, "metadata", "generation")).toBe(0);
    expect(fieldOf(pod, "metadata", "annotations")).toBeNull();
    expect(fieldOf(pod)).toBe(pod);
  });

  test("is undefined if one of its keys is missing", () => {
    expect(fieldOf({ a: {} }, "a", "b", "c")).toBeUndefined();
  });

  test.each(notObjects.map((value) => [value]))("is undefined below %j, which is no object", (value) => {
    expect(fieldOf(value, "length")).toBeUndefined();
    expect(fieldOf({ a: value }, "a", "0")).toBeUndefined();
  });
});

test("only a string with at least one character is a text", () => {
  expect([" ", "0", "a\n"].map(textOf)).toEqual([" ", "0", "a\n"]);
  for (const value of ["", 7, null, undefined, ["a"], {}]) expect(textOf(value)).toBeUndefined();
});

test("only an array has elements", () => {
  expect(elementsOf(["a", null])).toEqual(["a", null]);
  for (const value of ["ab", 7, null, undefined, { length: 1, 0: "a" }]) expect(elementsOf(value)).toEqual([]);
});

test("only an object has entries", () => {
  expect(entriesOf({ a: 1, b: null })).toEqual([
    ["a", 1],
    ["b", null],
  ]);
  for (const value of notObjects) expect(entriesOf(value)).toEqual([]);
});

test("a key named __proto__ in a JSON text is a field like any other", () => {
  const value = parseJson('{"__proto__": {"app": "web"}}');
  expect(fieldOf(value, "__proto__", "app")).toBe("web");
  expect(entriesOf(value)).toEqual([["__proto__", { app: "web" }]]);
  expect(fieldOf(value, "app")).toBeUndefined();
});

test.each(["", "{", "[1,]", "<html>", "{'a': 1}", "undefined"])(
  "the text %j, which is not JSON, has no value",
  (text) => {
    expect(parseJson(text)).toBeUndefined();
  },
);

test.each([
  ["null", null],
  [' {"a": [1, "b"]}\n', { a: [1, "b"] }],
])("the JSON text %j has its value", (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test("a text that is nested too deep for the parser does not throw", () => {
  expect(parseJson("[".repeat(1_000_000))).toBeUndefined();
});
