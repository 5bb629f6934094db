import { expect, test } from "@jest/globals";
import { renderConditions } from "../../../src/http/pages/conditions.ts";
import { readableText } from "../../support/look.ts";

test("what is not well has a line each with what to do, and all that is well has one; levels are said to who sees no colours", () => {
  const { text } = renderConditions([
    { level: "bad", subject: "Exit events", text: "do not arrive", remedy: "run it as <root>" },
    { level: "good", subject: "Delay accounting", text: "is on" },
    { level: "good", subject: "Processes", text: "7 in 2 groups" },
  ]);
  expect(readableText(text)).toBe(
    "\u2716 Exit events do not arrive. What to do: run it as &lt;root&gt; \u2714 Delay accounting is on. Processes 7 in 2 groups.",
  );
  expect([...text.matchAll(/aria-label="(\w+)"/g)].map(([, label]) => label)).toEqual(["Bad", "Good"]);
  expect([...text.matchAll(/<li class="(\w+)"/g)].map(([, level]) => level)).toEqual(["bad", "good"]);
});
