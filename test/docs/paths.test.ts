/** Files that documents name, and links between documents, exist. */

import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeSpansOf } from "../support/markdown.ts";

const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));

// CHANGELOG.md speaks of earlier versions too.
const documents = [".", "docs", "bench", "test/support", "test/support/workloads"]
  .flatMap(markdownIn)
  .filter((path) => path !== "CHANGELOG.md");

const folders = ["src", "test", "docs", "bench", "deploy", "dashboards", "packaging"];
const layers = readdirSync("src", { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
const extensions = /\.(ts|js|md|yaml|yml|json|sh|c|h)$/;

/** Files that readers make, and the program, which is built. */
const notInTree = ["docs/kubernetes.md: kustomization.yaml", "docs/kubernetes.md: config.yaml", "dist/main.js"];

/** What looks like a path of this tree: it begins in one of its folders, or ends like a file of it. */
function isPath(word: string): boolean {
  if (!/^[\w.@-]+(\/[\w.@-]+)*\/?$/.test(word)) return false;
  const [first = ""] = word.split("/");
  return extensions.test(word) || (word.includes("/") && [...folders, ...layers].includes(first));
}

/** Paths are given from the root, from the document, and those of the source from `src`. */
const isThere = (document: string, path: string): boolean =>
  [path, join("src", path), join(dirname(document), path)].some((place) => existsSync(place));

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

const anchorsOf = (document: string): string[] =>
  [...readFileSync(document, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

describe.each(documents)("%s", (document) => {
  const text = readFileSync(document, "utf8");

  test("names files and folders that exist", () => {
    const paths = codeSpansOf(text).flatMap((span) => span.split(/\s+/).filter(isPath));
    const missing = paths.filter((path) => !isThere(document, path));
    expect(missing.filter((path) => ![path, `${document}: ${path}`].some((name) => notInTree.includes(name)))).toEqual(
      [],
    );
  });

  test("links to files and headings that exist", () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? document : join(dirname(document), path);
        return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
      });
    expect(broken).toEqual([]);
  });
});

test("the documents of docs are among them", () => {
  expect(documents).toContain("docs/architecture.md");
  expect(documents.length).toBeGreaterThan(10);
});
