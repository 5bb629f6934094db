import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { complainOf } from "../../src/config/complaint.ts";
import { compilable, integer, list, section, text } from "../../src/config/scalars.ts";
import { openYaml } from "../../src/yaml/source.ts";
import { readValue } from "../../src/yaml/value.ts";

/** The complaints about a YAML text whose values are not as the schema wants them. */
function complaintsOf(written: string, schema: v.GenericSchema): string[] {
  const source = openYaml(written, "f");
  const root = readValue(source);
  if (root === undefined) throw new Error("no value");
  for (const issue of v.safeParse(schema, root.value).issues ?? []) complainOf(issue, root, source);
  return source
    .complaints()
    .map(({ where, want, got, remedy = "" }) => `${where}: want ${want}, got ${got}; ${remedy}`);
}

describe("a complaint", () => {
  test.each([
    ["b", '"b"'],
    ['"it\'s"', '"it\'s"'],
    ["[b]", "a list"],
    ["{b: c}", "a mapping"],
    ["", "nothing"],
  ])("about the value %j says that it is %s", (written, got) => {
    const wanted = v.custom(() => false, "another value");
    expect(complaintsOf(`a: ${written}\n`, section({ a: wanted }))).toEqual([
      `f:1:4: want another value, got ${got}; `,
    ]);
  });

  test("says what a check has received, where the type is right", () => {
    expect(complaintsOf("a: 7\n", section({ a: integer(16, 20) }))).toEqual([
      "f:1:4: want an integer from 16 to 20, got 7; ",
    ]);
  });

  test("is at the item of a list in a mapping", () => {
    const schema = section({ a: v.array(section({ b: list(text, "a list") })) });
    expect(complaintsOf("a:\n- b: [c]\n- b: [c, d, [e]]\n", schema)).toEqual(["f:3:13: want a text, got a list; "]);
  });

  test("is at the anchor of an alias, once", () => {
    const schema = section({ a: text, b: text, c: text });
    expect(complaintsOf("a: &x [1]\nb: *x\nc: *x\n", schema)).toEqual(["f:1:7: want a text, got a list; "]);
  });

  test("about a key is at the key", () => {
    const schema = v.record(v.pipe(v.string(), v.regex(/^[a-z]+$/, "small letters")), text);
    expect(complaintsOf("a: x\nB:   y\n", schema)).toEqual(['f:2:1: want small letters, got "B"; ']);
  });

  test("about a text that does not compile is at the character of the fault", () => {
    const schema = section({ a: compilable(() => ({ fault: { want: "x", got: "y", at: 2 } })) });
    expect(complaintsOf("a: abcd\n", schema)).toEqual(["f:1:6: want x, got y; "]);
    expect(complaintsOf("a: 'abcd'\n", schema)).toEqual(["f:1:7: want x, got y; "]);
  });

  test("shows no more than 120 characters of a value", () => {
    const [complaint = ""] = complaintsOf(`a: ${"b".repeat(1000)}\n`, section({ a: integer(1, 2) }));
    expect(complaint).toBe(`f:1:4: want an integer from 1 to 2, got "${"b".repeat(116)}...; `);
  });
});

describe("a complaint about an unknown key", () => {
  const schema = section({ name: v.nullish(text), comm: v.nullish(text) });

  test("is at the key, and names the known ones", () => {
    expect(complaintsOf("name: a\nfoo: {bar: b}\n", schema)).toEqual(['f:2:1: want one of name, comm, got "foo"; ']);
    expect(complaintsOf("foo:\n", section({ name: v.nullish(text) }))).toEqual(['f:1:1: want name, got "foo"; ']);
  });

  test.each(["nam", "Name", "nmae"])("asks whether the nearest one was meant by %s", (key) => {
    expect(complaintsOf(`${key}: a\n`, schema)).toEqual([
      `f:1:1: want one of name, comm, got "${key}"; did you mean name?`,
    ]);
  });
});
