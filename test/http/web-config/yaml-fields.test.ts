import { describe, expect, test } from "@jest/globals";
import {
  blankableField,
  booleanField,
  checkedField,
  integerField,
  listField,
  mapField,
  nameField,
  sectionField,
  textField,
  type Field,
} from "../../../src/http/web-config/yaml-fields.ts";
import { openYaml } from "../../../src/yaml/source.ts";

/** What a field reads of the value of a key, and its complaints: `line:column: want ..., got ...`. */
function read<T>(field: Field<T>, text: string): readonly [T | undefined, ...string[]] {
  const source = openYaml(text, "f");
  if (source.root === undefined) throw new Error("an empty text has no value to read");
  const value = field(source.root, source);
  return [value, ...source.complaints().map(({ where, want, got }) => `${where}: want ${want}, got ${got}`)];
}

describe("a text", () => {
  test.each([
    ["a b", "a b"],
    ['"a\\n"', "a\n"],
    ["010", "010"],
    ["yes", "yes"],
    ['""', ""],
    ['"null"', "null"],
    ["null", undefined],
    ["~", undefined],
  ])("is %s read as %j", (text, value) => expect(read(textField, text)).toEqual([value]));

  test("is neither a list nor a mapping", () => {
    expect(read(textField, "[a]")).toEqual([undefined, "f:1:1: want a text, got a list"]);
    expect(read(textField, "{a: b}")).toEqual([undefined, "f:1:1: want a text, got a mapping"]);
  });

  test("that is empty counts as absent where it may be blank, and null too", () => {
    const field = blankableField(textField);
    expect([read(field, '""'), read(field, "~"), read(field, "a")]).toEqual([[undefined], [undefined], ["a"]]);
  });
});

describe("a boolean", () => {
  test("is a word of YAML 1.1 without quotes, and null is absent", () => {
    const all = ["true", "yes", "On", "false", "no", "OFF", "~"].map((text) => read(booleanField, text)[0]);
    expect(all).toEqual([true, true, true, false, false, false, undefined]);
  });

  test.each(['"true"', "1", "tRue", "[true]"])("is not %s", (text) => {
    expect(read(booleanField, text)[1]).toMatch(/^f:1:1: want true or false, got /);
  });
});

describe("an integer", () => {
  test("is decimal, with or without a sign", () => {
    const all = ["0", "42", "-7", "+7", "999999999999999", "~"].map((text) => read(integerField, text)[0]);
    expect(all).toEqual([0, 42, -7, 7, 999_999_999_999_999, undefined]);
  });

  test.each(['"1"', "1.0", "1e3", "0x10", "010", "9999999999999999", ".inf", "{}"])("is not %s", (text) => {
    expect(read(integerField, text)[1]).toMatch(/^f:1:1: want an integer, got /);
  });
});

test("a name is read as its value in the table, and names of JavaScript's objects are none", () => {
  const field = nameField({ one: 1, two: 2 });
  expect([read(field, "two"), read(field, "~")]).toEqual([[2], [undefined]]);
  expect(read(field, "three")).toEqual([undefined, 'f:1:1: want one of one, two, got "three"']);
  expect(read(field, "constructor")).toEqual([undefined, 'f:1:1: want one of one, two, got "constructor"']);
  expect(read(nameField({ only: 1 }), "x")).toEqual([undefined, 'f:1:1: want only, got "x"']);
});

test("a list leaves out null, and complains of each wrong item", () => {
  expect(read(listField(integerField), "[1, ~, 3]")).toEqual([[1, 3]]);
  expect(read(listField(integerField), "[]")).toEqual([[]]);
  expect(read(listField(integerField), "~")).toEqual([undefined]);
  expect(read(listField(integerField), "[a, 2, b]")).toEqual([
    [2],
    'f:1:2: want an integer, got "a"',
    'f:1:8: want an integer, got "b"',
  ]);
  expect(read(listField(integerField), "1")).toEqual([undefined, "f:1:1: want a list, got a text"]);
});

test("a mapping may have any keys, also those that JavaScript's objects have", () => {
  const [value, ...complaints] = read(mapField(textField), "__proto__: a\n010: b\nconstructor: c\nnone:\n");
  expect([...(value ?? [])]).toEqual([
    ["__proto__", "a"],
    ["010", "b"],
    ["constructor", "c"],
  ]);
  expect(complaints).toEqual([]);
  expect(read(mapField(textField), "? [a]\n: b\n").slice(1)).toEqual(["f:1:3: want a text as key, got a list"]);
});

describe("a section", () => {
  const section = sectionField({ name: textField, count: integerField, list: listField(textField) });

  test("has what the file has, and is empty where it is null", () => {
    expect(read(section, "{count: 2, name: a}")).toEqual([{ count: 2, name: "a" }]);
    expect(read(section, "~")).toEqual([{}]);
  });

  test("complains of unknown keys at the key, and reads the others", () => {
    expect(read(section, "name: a\nconstructor: 1\n__proto__: 2\n")).toEqual([
      { name: "a" },
      'f:2:1: want one of name, count, list, got "constructor"',
      'f:3:1: want one of name, count, list, got "__proto__"',
    ]);
  });

  test("is not a list", () => expect(read(section, "[]")).toEqual([{}, "f:1:1: want a mapping, got a list"]));

  test("takes a key without a value for null", () => {
    expect(read(section, "{name, count: 1}")).toEqual([{ name: undefined, count: 1 }]);
  });

  test("follows an alias, and complains of one without an anchor", () => {
    expect(read(section, "{name: &n a, list: [*n, *n]}")).toEqual([{ name: "a", list: ["a", "a"] }]);
    expect(read(section, "{name: *n}")[1]).toBe("f:1:8: want an anchor above, got *n without one");
  });
});

describe("a check of a value", () => {
  const even = checkedField(integerField, (value) =>
    value % 2 === 0 ? undefined : { want: "an even number", got: String(value) },
  );

  test("makes a bad value absent, with a complaint", () => {
    expect(read(even, "4")).toEqual([4]);
    expect(read(even, "5")).toEqual([undefined, "f:1:1: want an even number, got 5"]);
  });

  test("is not made of an absent value, nor of one that was complained of already", () => {
    const never = checkedField(sectionField({ a: integerField }), () => ({ want: "nothing", got: "something" }));
    expect(read(never, "{a: x}")).toEqual([{ a: undefined }, 'f:1:5: want an integer, got "x"']);
    expect(read(even, "~")).toEqual([undefined]);
  });
});
