import { expect, test } from "@jest/globals";
import { letters } from "../../../src/commands/top/letters.ts";
import { activities } from "../../../src/fields/activities.ts";

test("each activity has a letter of its own", () => {
  expect(new Set(activities.map((activity) => letters[activity])).size).toBe(activities.length);
  for (const activity of activities) expect(letters[activity]).toMatch(/^[A-Z]$/);
});
