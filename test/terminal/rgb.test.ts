import { describe, expect, test } from "@jest/globals";
import { activities, activityLooks } from "../../src/fields/activities.ts";
import { colourDepthOf, nearestOf256, paintGround } from "../../src/terminal/rgb.ts";

describe("the depth of colour", () => {
  const examples: readonly (readonly [env: Record<string, string>, depth: number])[] = [
    [{ TERM: "xterm-256color", COLORTERM: "truecolor" }, 24],
    [{ TERM: "xterm", COLORTERM: "24bit" }, 24],
    [{ TERM: "xterm-direct" }, 24],
    [{ TERM: "screen-256color" }, 8],
    [{ TERM: "xterm-kitty" }, 8],
    [{ TERM: "xterm" }, 0],
    [{ TERM: "linux", COLORTERM: "yes" }, 0],
    [{}, 0],
  ];
  test.each(examples)("of %j is %d bits", (env, depth) => {
    expect(colourDepthOf(env)).toBe(depth);
  });
});

describe("the nearest of 256 colours", () => {
  test("is the colour itself where it is one of them", () => {
    expect(["#000000", "#ffffff", "#ff0000", "#5f87af", "#080808", "#eeeeee"].map(nearestOf256)).toEqual([
      ...[16, 231, 196, 67, 232, 255],
    ]);
  });

  test("differs for all activities, so that they can be told apart", () => {
    const numbers = activities.map((activity) => nearestOf256(activityLooks[activity].colour));
    expect(new Set(numbers).size).toBe(activities.length);
  });
});

test("the ground of a text is painted in as many colours as there are", () => {
  expect(paintGround("ab", "#2f9e6e", 24)).toBe("\u001b[48;2;47;158;110mab\u001b[49m");
  expect(paintGround("ab", "#ff0000", 8)).toBe("\u001b[48;5;196mab\u001b[49m");
  expect(paintGround("ab", "#ff0000", 0)).toBe("ab");
  expect(paintGround("", "#ff0000", 24)).toBe("");
});
