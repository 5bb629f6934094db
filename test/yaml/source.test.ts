import { describe, expect, test } from "@jest/globals";
import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { isDoubleQuoted, isNull, isPlain, kindOf, openYaml, textOf, type YamlSource } from "../../src/yaml/source.ts";

const open = (text: string): YamlSource => openYaml(text, "f");

/** The complaints, each as `place: want, got`. */
function complaintsOf(source: YamlSource): string[] {
  return source.complaints().map(({ where, want, got }) => `${where}: ${want}, got ${got}`);
}

/** The items of a text that is a list. */
function itemsOf({ root }: YamlSource): Node[] {
  return isSeq<Node>(root) ? root.items : [];
}

describe("syntax", () => {
  test("that is valid gives no complaint", () => {
    const source = open("a: [b, 'c']\n");
    expect(isMap(source.root)).toBe(true);
    expect([source.broken, source.complaintCount(), source.complaints()]).toEqual([false, 0, []]);
  });

  test.each(["", "# nothing\n"])("without a value has no root: %j", (text) => {
    expect(open(text)).toMatchObject({ root: undefined, broken: false });
  });

  test("that is wrong is broken, and the complaint does not quote the text, which may be a secret", () => {
    const source = open("password: |hash-of-it\n  x\n");
    expect(source.broken).toBe(true);
    expect(complaintsOf(source)).toEqual([
      "f:1:12: valid YAML, got an error: Block scalar header includes extra characters",
    ]);
  });

  test("with an unknown escape is not broken, and the complaint has a remedy", () => {
    const source = open('a: "\\d"\n');
    expect(source.broken).toBe(false);
    expect(source.complaints()).toEqual([
      {
        where: "f:1:5",
        want: "an escape that YAML knows between double quotes",
        got: "another one",
        remedy: "put the text into single quotes, where a backslash is a backslash",
      },
    ]);
  });

  test("with a second document is broken", () => {
    const source = open("a: b\n---\nc: d\n");
    expect([source.broken, ...complaintsOf(source)]).toEqual([true, "f:2:1: one YAML document, got a second one"]);
  });

  test("that is nested too deep is broken, and has one complaint at that place", () => {
    const source = open(`a:\n  ${"[".repeat(1000)}`);
    expect([source.root, source.broken]).toEqual([undefined, true]);
    expect(complaintsOf(source)).toEqual([expect.stringMatching(/^f:2:\d+: at most 32 levels, got more$/)]);
  });

  test("that is wrong in 2,000 places keeps the first 1,000 complaints, and shows 100 of them", () => {
    const complaints = complaintsOf(open("}\n".repeat(2000)));
    expect(complaints).toHaveLength(101);
    expect(complaints.at(-1)).toBe("f: fewer mistakes, got 900 more");
  });
});

describe("a duplicate key", () => {
  test("is a complaint at its place, on each level, however it is quoted", () => {
    expect(complaintsOf(open("a: {b: 1, 'b': 2}\n\"a\": 3\na: 4\n"))).toEqual([
      "f:1:11: each key once, got a duplicate",
      "f:2:1: each key once, got a duplicate",
      "f:3:1: each key once, got a duplicate",
    ]);
  });

  test("is found behind ten thousand other keys", () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `k${index}: 1\n`).join("");
    expect(complaintsOf(open(`${keys}k7: 2\n`))).toEqual(["f:10001:1: each key once, got a duplicate"]);
  });

  test("may be in another mapping, or a value", () => {
    expect(open("a: {a: a}\nb: {a: b}\n").complaintCount()).toBe(0);
  });
});

describe("an alias", () => {
  const targets = (text: string): (string | undefined)[] => {
    const source = open(text);
    return itemsOf(source)
      .filter((node) => isAlias(node))
      .map((node) => source.resolve(node))
      .map((target) => (isScalar(target) ? textOf(target) : undefined));
  };

  test("leads to the last anchor of its name above it", () => {
    expect(targets("[&a 1, *a, &b 2, *a, &a 3, *a, *b]")).toEqual(["1", "1", "3", "2"]);
  });

  test("without an anchor above it is a complaint, and leads to nothing", () => {
    const source = open("[*a, &a 1]");
    const [alias] = itemsOf(source);
    expect(source.complaintCount()).toBe(0);
    expect(alias && source.resolve(alias)).toBeUndefined();
    expect(complaintsOf(source)).toEqual(["f:1:2: an anchor above, got *a without one"]);
  });

  test("resolves to its target, and every other node to itself", () => {
    const source = open("[&a 1, *a, 2]");
    const [first, , third] = itemsOf(source);
    expect(itemsOf(source).map((node) => source.resolve(node))).toEqual([first, first, third]);
  });
});

describe("a place", () => {
  const placesOf = (text: string, at: number): string[] => {
    const source = open(text);
    return itemsOf(source).map((node) => source.locate(node, at));
  };

  test("is the line and column of a node", () => {
    expect(placesOf("- a\n-   'b'\n- [c]\n", 0)).toEqual(["f:1:3", "f:2:5", "f:3:3"]);
  });

  test("is the place of a character in a text, inside of its quotes", () => {
    expect(placesOf("[abc, 'abc', \"abc\"]", 2)).toEqual(["f:1:4", "f:1:10", "f:1:17"]);
  });

  test("is the beginning of a text that the file spells differently", () => {
    expect(placesOf("- 'it''s'\n- \"\\x61bc\"\n- |\n  abc\n- [a]\n", 2)).toEqual(["f:1:3", "f:2:3", "f:3:3", "f:5:3"]);
  });
});

describe("complaints and warnings", () => {
  test("are in the order of the file, not in that of the calls", () => {
    const source = open("[a, b]");
    const [a, b] = itemsOf(source) as [Node, Node];
    source.complain(b, { want: "x", got: "b" });
    source.complain(a, { want: "x", got: "a" });
    source.warn(b, "second");
    source.warn(a, "first", 1);
    expect(complaintsOf(source)).toEqual(["f:1:2: x, got a", "f:1:5: x, got b"]);
    expect(source.warnings()).toEqual(["f:1:3: first", "f:1:5: second"]);
  });

  test("are reported once for each place and each thing that was wanted", () => {
    const source = open("[abc]");
    const [node] = itemsOf(source) as [Node];
    for (const at of [0, 1, 0, 1]) {
      source.complain(node, { want: "x", got: "abc" }, at);
      source.warn(node, "text", at);
    }
    source.complain(node, { want: "y", got: "abc" });
    expect(source.complaintCount()).toBe(3);
    expect(source.warnings()).toEqual(["f:1:2: text", "f:1:3: text"]);
  });

  test("are all shown up to a hundred complaints; the number of the others is a line of its own", () => {
    for (const [count, last] of [
      [100, "f:1:299: x, got it"],
      [101, "f: fewer mistakes, got 1 more"],
    ] as const) {
      const source = open(`[${"a, ".repeat(count)}]`);
      for (const node of itemsOf(source)) source.complain(node, { want: "x", got: "it" });
      expect(complaintsOf(source).at(-1)).toBe(last);
      expect(source.complaintCount()).toBe(count);
    }
  });
});

describe("the kind of a node", () => {
  const nodes = itemsOf(open("- \n- ~\n- null\n- NULL\n- nulls\n- '~'\n- \"null\"\n- [a]\n- {a: b}\n"));
  const shown = (is: (node: Node) => boolean): string[] => nodes.filter(is).map((node) => String(node));

  test("is null for an empty scalar and for the words of YAML 1.1, unless it has quotes", () => {
    expect(shown(isNull)).toEqual(["", "~", "null", "NULL"]);
  });

  test("is plain without quotes, and double-quoted between double quotes", () => {
    expect(shown(isPlain)).toEqual(["", "~", "null", "NULL", "nulls"]);
    expect(shown(isDoubleQuoted)).toEqual(["null"]);
  });

  test("is a text, a list or a mapping in the words of a complaint", () => {
    expect([...new Set(nodes.map(kindOf))]).toEqual(["a text", "a list", "a mapping"]);
  });
});
