import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { formatLicences, readLicences } from "../../packaging/licences.ts";

interface Written {
  readonly manifest: object;
  readonly files?: Readonly<Record<string, string>>;
}

function writePackages(packages: Readonly<Record<string, Written>>): string {
  const root = mkdtempSync(join(tmpdir(), "licences-"));
  for (const [path, { manifest, files = {} }] of Object.entries(packages)) {
    const folder = join(root, "node_modules", path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ version: "1", license: "MIT", ...manifest }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  }
  return root;
}

test("each package's text is there, whatever its file is called and wherever it is nested", () => {
  const root = writePackages({
    b: { manifest: { name: "b" }, files: { "LICENSE.md": "of b", NOTICE: "note of b" } },
    "b/node_modules/@scope/c": { manifest: { name: "@scope/c" }, files: { licence: "of c" } },
    "b/lib": { manifest: { name: "no package, but a folder of b's" } },
  });
  const licences = readLicences(root);
  expect(licences.map(({ name, text }) => [name, text])).toEqual([
    ["@scope/c", "of c"],
    ["b", "of b\n\nnote of b"],
  ]);
  expect(formatLicences(licences)).toMatch(/@scope\/c 1 \(MIT\)\n\nof c\n[^]*\nb 1 \(MIT\)\n\nof b\n/);
});

test("a binary for one processor is under the licence of what it is a part of", () => {
  const root = writePackages({
    "@x/k-arm64": { manifest: { name: "@x/k-arm64" } },
    k: { manifest: { name: "k", optionalDependencies: { "@x/k-arm64": "1" } }, files: { LICENSE: "of k" } },
  });
  expect(readLicences(root).map(({ text }) => text)).toEqual(["of k", "of k"]);
});

test("a package without a text is not shipped", () => {
  expect(() => readLicences(writePackages({ n: { manifest: { name: "n" } } }))).toThrow(/want the text of a licence/);
});
