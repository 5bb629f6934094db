/** Nothing that the collector asks of an exit event may be left out of what is decoded. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createPlan } from "../../../src/account/plan.ts";
import { createHistogramPlan } from "../../../src/account/histogram-plan.ts";
import { exitFields } from "../../../src/collect/exits/exit-fields.ts";
import { fieldKeys, slotOf } from "../../../src/fields/fields.ts";
import { histogramMetrics } from "../../../src/fields/group-metrics.ts";

const read = new Set(exitFields.map(slotOf));
const names = (slots: readonly number[]): string[] =>
  slots.filter((slot) => !read.has(slot)).map((slot) => fieldKeys[slot] ?? "");

test.each([true, false])("all that is billed is read, where dead threads are kept: %s", (deadThreadsKept) => {
  const { process, thread } = createPlan({ deadThreadsKept });
  for (const { sums, judged, largest } of [process, thread]) {
    expect(names([...sums, ...judged, ...largest])).toEqual([]);
  }
});

test("all that a histogram shows is read", () => {
  expect(names(createHistogramPlan(histogramMetrics).map(({ slot }) => slot))).toEqual([]);
});

test("all that the code of accounts and exits asks for by name is read", () => {
  const folders = ["src/account", "src/collect", "src/collect/exits"].map((folder) =>
    join(import.meta.dirname, "../../..", folder),
  );
  const texts = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(join(folder, name), "utf8")),
  );
  const asked = texts.flatMap((text) => [...text.matchAll(/slotOf\("(\w+)"\)/g)].map(([, key]) => key));
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((key) => !exitFields.some((field) => field === key))).toEqual([]);
});

test("what no metric shows is left out, and nothing is read twice", () => {
  expect(exitFields).not.toContain("cpu_delay_min");
  expect(exitFields).not.toContain("ac_exe_dev");
  expect(read.size).toBe(exitFields.length);
});
