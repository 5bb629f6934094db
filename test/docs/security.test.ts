/** What docs/security.md says is shown by tests that exist. */

import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";

const text = readFileSync("docs/security.md", "utf8");

const named = [...text.matchAll(/`(test\/[^`\s]+\.test\.ts)`\s+"([^"]+)"/g)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

/** A test, or the rows of one, whose title it is, as it is written in the file. */
function hasTest(file: string, title: string): boolean {
  if (!existsSync(file)) return false;
  const code = readFileSync(file, "utf8");
  const at = code.indexOf(`"${title}",`);
  // The call before it: `test(`, `test.each(...)(`, or one that skips for a reason.
  return at > 0 && /\btest\w*(?:\.each)?\b[^;]*\($/.test(code.slice(Math.max(0, at - 4000), at).trimEnd());
}

describe("docs/security.md", () => {
  test.each(named)("names a test that exists: $file, $title", ({ file, title }) => {
    expect(hasTest(file, title)).toBe(true);
  });

  test("shows each thing that somebody can do by a test", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| --"));
    const tables = text.split(/^## /m).filter((section) => section.includes("shown by"));
    expect(tables.length).toBeGreaterThanOrEqual(5);
    const shown = tables.flatMap((table) =>
      table.split("\n").filter((line) => rows.includes(line) && !/\| shown by\s+\|$/.test(line)),
    );
    expect(shown.length).toBeGreaterThan(25);
    expect(shown.filter((line) => !/`test\/[^`]+` "/.test(line))).toEqual([]);
  });

  test("names files of src that exist", () => {
    const files = [...text.matchAll(/`(src\/[^`\s]+)`/g)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test("does not take a title for a test's that is written elsewhere in its file", () => {
    expect(hasTest("test/docs/security.test.ts", "names files of src that exist")).toBe(true);
    expect(hasTest("test/docs/security.test.ts", "names a test that nobody wrote")).toBe(false);
  });
});
