import { expect, test } from "@jest/globals";
import { peakOf, renderFigure, renderPlot } from "../../../src/http/pages/plot.ts";
import type { Plot } from "../../../src/live/history.ts";
import { readableText } from "../../support/look.ts";

const plot: Plot = new Map([
  ["run", [NaN, 1, 0, 2]],
  ["blkio", [NaN, 1, 1, 2]],
]);
const options = { kinds: ["run", "cpu", "blkio"], columns: 4, words: "all" } as const;

const areasOf = (svg: string): unknown[] =>
  [...svg.matchAll(/<path class="(\w+)" d="([^"]*)"/g)].map(([, kind, outline]) => [kind, outline]);

test("areas lie upon each other, and what was not sampled is left out", () => {
  expect(areasOf(renderPlot(plot, options).text)).toEqual([
    ["run", "M1 100.0V75.0H2V100.0H3V50.0H4V100.0H3V100.0H2V100.0H1Z"],
    ["blkio", "M1 75.0V50.0H2V75.0H3V0.0H4V50.0H3V100.0H2V75.0H1Z"],
  ]);
});

test("an area with a gap has two outlines", () => {
  const gap: Plot = new Map([["run", [1, NaN, 1]]]);
  const [[, outline] = []] = areasOf(renderPlot(gap, { ...options, columns: 3 }).text) as string[][];
  expect(outline).toBe("M0 100.0V0.0H1V100.0H0ZM2 100.0V0.0H3V100.0H2Z");
});

test("the peak is that of the kinds together, and 0 where nothing happened", () => {
  expect([peakOf(["run"], plot), peakOf(["run", "blkio"], plot), peakOf(["irq"], plot)]).toEqual([2, 4, 0]);
  expect(areasOf(renderPlot(new Map([["run", [0, 0]]]), options).text)).toEqual([]);
});

test("a figure says what it shows, what is now and what the peak is", () => {
  const { text } = renderFigure(plot, { ...options, title: "All <of> it", now: 0.5 });
  expect(readableText(text)).toMatch(
    /^All &lt;of&gt; it now 0\.50, at most 4\.00 all, at most 4\.00 15 minutes ago now$/,
  );
});
