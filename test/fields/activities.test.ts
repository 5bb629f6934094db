import { describe, expect, test } from "@jest/globals";
import { activities, activityLooks } from "../../src/fields/activities.ts";
import { delayKinds } from "../../src/fields/fields.ts";

describe("the activities", () => {
  test("are running and each kind of delay, in the order of the kernel's fields", () => {
    expect(activities).toEqual(["run", ...delayKinds]);
  });

  test("have words and colours of their own, which no other one has", () => {
    const looks = activities.map((activity) => activityLooks[activity]);
    expect(new Set(looks.map(({ words }) => words)).size).toBe(activities.length);
    expect(new Set(looks.map(({ colour }) => colour)).size).toBe(activities.length);
    expect(Object.keys(activityLooks).sort()).toEqual([...activities].sort());
  });

  test("have colours that a style sheet, a dashboard and a terminal can take: six digits", () => {
    for (const activity of activities) expect(activityLooks[activity].colour).toMatch(/^#[0-9a-f]{6}$/);
  });

  test("have colours that stand out from white and from black ground, at two to one at the least", () => {
    const channel = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    for (const activity of activities) {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
        channel(Number.parseInt(activityLooks[activity].colour.slice(at, at + 2), 16) / 255),
      );
      const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      expect([activity, 1.05 / (luminance + 0.05) >= 2, (luminance + 0.05) / 0.05 >= 2]).toEqual([
        activity,
        true,
        true,
      ]);
    }
  });
});
