import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { activities, activityLooks } from "../../../src/fields/activities.ts";
import { describeActivities, renderBar, renderLegend } from "../../../src/http/pages/activity-bar.ts";
import { groupViewOf } from "../../support/live-groups.ts";

const group = groupViewOf("db", { run: 0.25, waits: { blkio: 1.5, cpu: 0.25 } });

const rectsOf = (svg: string): unknown[] =>
  [...svg.matchAll(/<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"/g)].map(([, kind, x, width]) => [kind, x, width]);

test("a bar has a piece for each activity, in the order of the legend and as long as its share", () => {
  expect(rectsOf(renderBar(group, 4).text)).toEqual([
    ["run", "0.0", "62.5"],
    ["cpu", "62.5", "62.5"],
    ["blkio", "125.0", "375.0"],
  ]);
  expect(rectsOf(renderBar(groupViewOf("idle"), 4).text)).toEqual([]);
});

test("a bar says the same in words, the largest first", () => {
  expect(describeActivities(group)).toBe("waits for a disk 1.50, runs on a CPU 0.25, waits for a CPU 0.25");
  expect(describeActivities(groupViewOf("idle"))).toBe("does nothing");
  expect(renderBar(group, 4).text).toContain(`aria-label="${describeActivities(group)}"`);
});

test("the legend has each activity with its words", () => {
  const { text } = renderLegend((kind, words) => `${kind}: ${words}`);
  for (const kind of activities) expect(text).toContain(`${kind}: ${activityLooks[kind].words}`);
});

test("the style sheet has the colour of each activity", () => {
  const css = readFileSync(new URL("../../../src/browser/page.css", import.meta.url), "utf8");
  const colours = [...css.matchAll(/^\.(\w+) \{\s*fill: (#\w+);/gm)].map(([, kind, colour]) => [kind, colour]);
  expect(colours).toEqual(activities.map((kind) => [kind, activityLooks[kind].colour]));
});
