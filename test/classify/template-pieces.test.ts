import { describe, expect, test } from "@jest/globals";
import { splitTemplate } from "../../src/classify/template-pieces.ts";
import { fc } from "../support/properties.ts";

const piecesOf = (text: string): unknown => splitTemplate(text).value;

describe("a template is cut", () => {
  test("into plain text and actions, each action with its place", () => {
    expect(piecesOf("a{{.Comm}}b{{ .PID\n}}")).toEqual(["a", { text: ".Comm", at: 3 }, "b", { text: ".PID", at: 14 }]);
  });

  test("into a single text where it holds no action, and into nothing where it is empty", () => {
    expect([piecesOf("a }} b"), piecesOf("{ { "), piecesOf("")]).toEqual([["a }} b"], ["{ { "], []]);
  });

  test("at the first closing braces, and text after them stays text", () => {
    expect(piecesOf("{{a}}}}")).toEqual([{ text: "a", at: 2 }, "}}"]);
    expect(piecesOf("{{{a}}")).toEqual([{ text: "{a", at: 2 }]);
  });
});

describe("trim markers", () => {
  test("remove the spaces of the text beside them, on their side only", () => {
    expect(piecesOf(" a \n{{- .X}} b ")).toEqual([" a", { text: ".X", at: 8 }, " b "]);
    expect(piecesOf(" a {{.X -}}\t\r\n b ")).toEqual([" a ", { text: ".X", at: 5 }, "b "]);
  });

  test("leave nothing of a text of spaces alone", () => {
    expect(piecesOf("  {{- .X -}}  {{- .Y -}}  ")).toEqual([
      { text: ".X", at: 6 },
      { text: ".Y", at: 18 },
    ]);
  });

  test("need a space between them and the action: else the sign belongs to the action", () => {
    expect(piecesOf(" {{-1}} {{1-}} ")).toEqual([" ", { text: "-1", at: 3 }, " ", { text: "1-", at: 10 }, " "]);
  });
});

describe("a comment", () => {
  test("is left out, also where it holds braces", () => {
    expect(piecesOf("a{{/* {{.X}} }} */}}b")).toEqual(["a", "b"]);
  });

  test("may have trim markers, which still work", () => {
    expect(piecesOf("a {{- /* c */ -}} b")).toEqual(["a", "b"]);
  });

  test("with a space beside its delimiters is no comment, but an action that nobody knows", () => {
    expect(piecesOf("{{ /* c */}}")).toEqual([{ text: "/* c */", at: 3 }]);
    expect(piecesOf("{{/* c */ }}")).toEqual([{ text: "/* c */", at: 2 }]);
  });
});

describe("an action without closing braces", () => {
  test.each([
    ["a {{ .Comm", "{{ .Comm", 2],
    ["{{a}} {{b", "{{b", 6],
    ["{{/* .Comm }}", "{{/* .Comm }}", 0],
    ["{{/* a */", "{{/* a */", 0],
    ["{{/*/}}", "{{/*/}}", 0],
    ["{{", "{{", 0],
  ])("is a fault that begins at its own braces: %j", (text, got, at) => {
    expect(splitTemplate(text)).toEqual({ fault: { want: "}} after {{", got, at } });
  });
});

test("text and actions come out as they went in, whatever they hold", () => {
  const plain = fc.string({ minLength: 1 }).filter((text) => !/[{}]/.test(text));
  const action = fc.stringMatching(/^[.a-zA-Z0-9"|]{1,9}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(plain, action), { maxLength: 6 }), (pairs) => {
      const text = pairs.map(([before, inside]) => `${before}{{${inside}}}`).join("");
      const pieces = splitTemplate(text).value ?? [];
      expect(pieces.map((piece) => (typeof piece === "string" ? piece : piece.text))).toEqual(pairs.flat());
      for (const piece of pieces) {
        if (typeof piece !== "string") expect(text.startsWith(`${piece.text}}}`, piece.at)).toBe(true);
      }
    }),
  );
});
