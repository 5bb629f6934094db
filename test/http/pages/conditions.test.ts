import { expect, test } from "@jest/globals";
import { renderConditions } from "../../../src/http/pages/conditions.ts";
import { readableText } from "../../support/look.ts";

test("each condition is said in words with what to do, and its level is said to who sees no colours", () => {
  const { text } = renderConditions([
    { level: "bad", subject: "Exit events", text: "do not arrive", remedy: "run it as <root>" },
    { level: "good", subject: "Delay accounting", text: "is on" },
  ]);
  expect(readableText(text)).toBe(
    "\u2716 Exit events do not arrive. What to do: run it as &lt;root&gt; \u2714 Delay accounting is on.",
  );
  expect([...text.matchAll(/aria-label="(\w+)"/g)].map(([, label]) => label)).toEqual(["Bad", "Good"]);
  expect([...text.matchAll(/<li class="(\w+)"/g)].map(([, level]) => level)).toEqual(["bad", "good"]);
});
