/** An example in a document is the code of a test that runs. */

import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { fencesOf, sectionOf } from "../support/markdown.ts";

test("the example of test/support/README.md is fake-kernel-example.test.ts without its first comment", () => {
  const section = sectionOf(readFileSync("test/support/README.md", "utf8"), "## How a test begins");
  const [example] = fencesOf(section).filter(({ language }) => language === "ts");
  const code = readFileSync("test/support/fake-kernel-example.test.ts", "utf8");
  expect(`${example?.text ?? ""}\n`).toBe(code.slice(code.indexOf("import ")));
});
