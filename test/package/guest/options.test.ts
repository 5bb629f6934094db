import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { leftOut } from "./options.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const unit = read("deploy/systemd/taskstats-exporter.service");

/** The options in the document's table, with their effects. */
const documented = new Map(
  [...read("docs/operations.md").matchAll(/^\| `([A-Z]\w+=\S+)`\s+\| (.*?)\s+\|$/gm)].map(
    ([, option = "", effect = ""]) => [option, effect] as const,
  ),
);

test("the document names each option that is tried, and no other", () => {
  expect([...documented.keys()]).toEqual(leftOut.map(({ settings }) => settings));
});

test("where a code says what an option breaks, the document has the code that is looked for", () => {
  for (const { settings, effect } of leftOut) {
    const [code] = /[A-Z]+_[A-Z]+/.exec(effect.replace(/AF_\w+/g, "")) ?? [];
    if (code !== undefined) expect(documented.get(settings)).toContain(code);
  }
});

test("the unit has none of them", () => {
  for (const { settings } of leftOut) expect(unit.split("\n")).not.toContain(settings);
});
