/** CONTRIBUTING.md lists what package.json has. */

import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const text = readFileSync("CONTRIBUTING.md", "utf8");
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** The first two cells of each row of a section's table, its head left out. */
function rowsOf(heading: string): string[][] {
  const section = text.split(/^#+ /m).find((one) => one.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, 3)
      .map((cell) => cell.trim()),
  );
}

describe("the list of scripts", () => {
  const rows = rowsOf("Scripts");
  const listed = rows.map(([name = ""]) => name.replaceAll("`", ""));
  const names = Object.keys(manifest.scripts);

  test("has each script of package.json once, without those that npm runs before another", () => {
    const isBefore = (name: string): boolean => name.startsWith("pre") && names.includes(name.slice(3));
    expect(listed.toSorted()).toEqual(names.filter((name) => !isBefore(name)).toSorted());
  });

  test("says what each script does", () => {
    expect(rows.filter(([, does = ""]) => does.length < 10)).toEqual([]);
  });

  test("names no script elsewhere that package.json lacks", () => {
    const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });
});

test("the list of dependencies has each package of package.json once", () => {
  const listed = rowsOf("Dependencies").flatMap(([packages = ""]) => packages.split(", "));
  const isListed = (name: string): boolean =>
    listed.some((one) => (one.endsWith("/*") ? name.startsWith(one.slice(0, -1)) : one === name));
  const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.filter((name) => !isListed(name))).toEqual([]);
  const isKept = (one: string): boolean => all.some((name) => name.startsWith(one.replace("*", "")));
  expect(listed.filter((one) => !isKept(one))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test("links to headings that exist", () => {
  const anchorOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-");
  const anchorsOf = (file: string): string[] =>
    [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  const links = [...text.matchAll(/\]\(([^)#\s]*)#([^)]+)\)/g)].map(([, file = "", anchor = ""]) => ({ file, anchor }));
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(({ file, anchor }) => !anchorsOf(file || "CONTRIBUTING.md").includes(anchor))).toEqual([]);
});
