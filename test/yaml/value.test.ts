import { describe, expect, test } from "@jest/globals";
import { openYaml } from "../../src/yaml/source.ts";
import { readValue } from "../../src/yaml/value.ts";

function read(text: string) {
  const source = openYaml(text, "f");
  return { root: readValue(source), source };
}

describe("a YAML text as values", () => {
  test("has scalars as the text of the file, and null for those without a value", () => {
    expect(read('{a: 010, b: "x\\ty", c: , d: ~, e: [1.50, null], f: "~"}').root?.value).toEqual({
      a: "010",
      b: "x\ty",
      c: null,
      d: null,
      e: ["1.50", null],
      f: "~",
    });
  });

  test("is undefined if the text has no value", () => {
    expect(read("# nothing\n").root).toBeUndefined();
    expect(read("---\n").root).toBeUndefined();
  });

  test("has for an alias the value of the last anchor of its name above it", () => {
    expect(read("[&a 1, *a, &a 2, *a]").root?.value).toEqual(["1", "1", "2", "2"]);
  });

  test("has for an alias the place of its anchor, and for a merged key the place where it is written", () => {
    const { root, source } = read("a: &a {k: v}\nb: *a\nc: {<<: *a}\n");
    const placeOf = (name: string) => root?.entries?.get(name)?.at.entries?.get("k");
    for (const name of ["a", "b", "c"]) {
      const entry = placeOf(name);
      expect(entry && [source.locate(entry.key), source.locate(entry.at.node)]).toEqual(["f:1:8", "f:1:11"]);
    }
  });

  test("has the column of each character, unless the file spells the text differently", () => {
    const { root, source } = read("[plain, 'single', \"double\", 'it''s', \"\\x61b\"]");
    const places = root?.items?.map(({ node }) => source.locate(node, 1));
    expect(places).toEqual(["f:1:3", "f:1:11", "f:1:21", "f:1:29", "f:1:38"]);
  });
});
