import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { stripVTControlCharacters } from "node:util";
import { formatTable, type Cell } from "../../src/terminal/table.ts";
import { widthOf } from "../../src/terminal/width.ts";

describe("a table", () => {
  test("aligns columns, numbers to the right, and leaves no space at the end of a line", () => {
    const rows = [
      ["bash", 7, "x"],
      ["a", 1200, ""],
    ];
    expect(formatTable(rows, { header: ["name", "pid", "note"], colour: false })).toBe(
      ["name   pid  note", "bash     7  x", "a     1200", ""].join("\n"),
    );
  });

  test("has no line of titles where none are given", () => {
    expect(formatTable([["a", "b"]], { colour: false })).toBe("a  b\n");
    expect(formatTable([], { colour: false })).toBe("");
    expect(formatTable([], { header: ["a", "b"], colour: false })).toBe("a  b\n");
  });

  test("takes rows of different lengths", () => {
    expect(formatTable([["a"], ["bb", 1, "c"], []], { colour: false })).toBe("a\nbb  1  c\n\n");
  });

  test("styles titles and cells where colours are wanted, and nothing else", () => {
    const rows: Cell[][] = [[{ text: "ok", style: "green" }, "x"]];
    expect(formatTable(rows, { header: ["state", ""], colour: true })).toBe(
      "\u001b[1mstate\u001b[22m\n\u001b[32mok\u001b[39m     x\n",
    );
    expect(formatTable(rows, { header: ["state", ""], colour: false })).toBe("state\nok     x\n");
  });

  test("escapes control sequences in cells, with colours and without", () => {
    for (const colour of [true, false]) {
      const text = formatTable([[{ text: "\u001b]0;owned\u0007", style: "red" }, "\u001b[2J\n"]], { colour });
      expect(stripVTControlCharacters(text)).toBe("\\x1b]0;owned\\x07  \\x1b[2J\\x0a\n");
    }
  });

  test("keeps the last column aligned and a row on one line, whatever its cells contain", () => {
    const cell = fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), fc.boolean(), (rows, colour) => {
        const marked = rows.map((row): Cell[] => [...row, { text: "|", style: "dim" }]);
        const lines = stripVTControlCharacters(formatTable(marked, { colour })).split("\n").slice(0, -1);
        expect(lines.length).toBe(rows.length);
        expect(new Set(lines.map(widthOf)).size).toBe(1);
      }),
    );
  });
});
