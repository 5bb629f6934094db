/** Rows of the tables as panels. */

import { expect, test } from "@jest/globals";
import { drawCurves, drawHeatmaps, drawStats } from "../../dashboards/rows.ts";

const head = { title: "Waits", description: "What waits.", unit: "s" };

test("a row of curves becomes lines, one query for each legend, in the order of the row", () => {
  const shows = [
    ["run", "sum(a)"],
    ["wait", "sum(b)"],
  ] as const;
  const queries = [
    { legend: "run", expr: "sum(a)" },
    { legend: "wait", expr: "sum(b)" },
  ];
  expect(drawCurves([{ ...head, shows }])).toEqual([{ ...head, view: "lines", queries }]);
});

test("two curves may have the same legend", () => {
  const shows = [
    ["{{code}}", "a"],
    ["{{code}}", "b"],
  ] as const;
  expect(drawCurves([{ ...head, shows }])[0]?.queries.map(({ expr }) => expr)).toEqual(["a", "b"]);
});

test("a row of curves keeps its own view, width and limits", () => {
  const own = { view: "stacked", width: 24, limits: { look: 1 } } as const;
  expect(drawCurves([{ ...head, ...own, shows: [] }])).toEqual([{ ...head, ...own, queries: [] }]);
});

test("a row of numbers keeps the words for 0 and 1", () => {
  const states = ["off", "on"] as const;
  const drawn = drawStats([{ ...head, states, shows: [["enabled", "min(a)"]] }]);
  expect(drawn).toEqual([{ ...head, states, view: "stat", queries: [{ legend: "enabled", expr: "min(a)" }] }]);
});

test("a row of a heatmap is named by the upper bounds of its buckets", () => {
  const drawn = drawHeatmaps([{ ...head, buckets: "sum by (le) (a)" }]);
  expect(drawn).toEqual([{ ...head, view: "heatmap", queries: [{ legend: "{{le}}", expr: "sum by (le) (a)" }] }]);
});
