import { expect, test } from "@jest/globals";
import { renderHelp } from "../../../src/commands/top/help.ts";
import { activities, activityLooks } from "../../../src/fields/activities.ts";
import { sortKeys } from "../../../src/live/view.ts";
import { widthOf } from "../../../src/terminal/width.ts";

test("the help has each activity with its letter or its colour, and each sort key", () => {
  const plain = renderHelp({ width: 120, depth: 0 });
  expect(plain).toContain("B  waits for a disk");
  expect(renderHelp({ width: 120, depth: 24 }).join("\n")).toContain(
    "\u001b[48;2;59;130;208m  \u001b[49m waits for a disk",
  );
  for (const activity of activities) expect(plain.join("\n")).toContain(activityLooks[activity].words);
  expect(plain.at(-1)).toBe(`Sort keys: ${sortKeys.join(" ")}`);
});

test("the help fits a narrow terminal", () => {
  for (const line of renderHelp({ width: 40, depth: 0 })) expect(widthOf(line)).toBeLessThanOrEqual(40);
});
