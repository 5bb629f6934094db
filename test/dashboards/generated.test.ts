/** The generated dashboards, by the rules that Grafana's dashboard-linter has and some of our own. */

import { describe, expect, test } from "@jest/globals";
import { activityLooks } from "../../src/fields/activities.ts";
import { delayKinds } from "../../src/fields/fields.ts";
import { parsePromql, type Selector } from "../support/promql.ts";
import { fillVariables, readDashboards, type GeneratedPanel } from "../support/shipped-queries.ts";

const dashboards = [...readDashboards()];

function overlap(a: GeneratedPanel["gridPos"], b: GeneratedPanel["gridPos"]): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Of all panels, with the dashboard's name for the message. */
function findPanels(isWrong: (panel: GeneratedPanel) => boolean): string[] {
  return dashboards.flatMap(([name, { panels }]) =>
    panels.filter((panel) => panel.type !== "row" && isWrong(panel)).map(({ title = "?" }) => `${name} / ${title}`),
  );
}

test("each kind of delay has the colour that it has on the exporter's own pages", () => {
  const wanted = delayKinds.map((kind) => ({
    matcher: { id: "byName", options: kind },
    properties: [{ id: "color", value: { mode: "fixed", fixedColor: activityLooks[kind].colour } }],
  }));
  const texts = dashboards.map(([, { panels }]) => panels).flat();
  const coloured = texts.filter((panel) => JSON.stringify(panel).includes('"fixedColor"'));
  expect(coloured.map(({ title }) => title)).toEqual(expect.arrayContaining(["Waiting tasks, by kind"]));
  for (const { fieldConfig } of coloured as unknown as { fieldConfig: { overrides: unknown } }[])
    expect(fieldConfig.overrides).toEqual(wanted);
});

test("the dashboards are the five of the table", () => {
  expect(dashboards.map(([name]) => name).sort()).toEqual([
    "exporter",
    "how-processes-end",
    "kubernetes",
    "one-group",
    "where-hosts-wait",
  ]);
  expect(new Set(dashboards.map(([, { uid }]) => uid)).size).toBe(dashboards.length);
});

describe.each(dashboards)("the dashboard %s", (_name, { panels, templating, tags, links }) => {
  const places = panels.map(({ gridPos }) => gridPos);

  test("lets its reader choose the data source and the instance", () => {
    expect(templating.list.slice(0, 2).map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["instance", "query"],
    ]);
  });

  test("is linked with the others by their tag", () => {
    expect(tags).toEqual(["taskstats"]);
    expect(links).toEqual([expect.objectContaining({ tags: ["taskstats"], includeVars: true, keepTime: true })]);
  });

  test("gives each panel an id of its own and a place on the grid that no other has", () => {
    const ids = panels.map(({ id }) => id);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(panels.length);
    expect(places.filter(({ x, y, w, h }) => x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24)).toEqual([]);
    expect(places.filter((a, index) => places.slice(index + 1).some((b) => overlap(a, b)))).toEqual([]);
  });

  test("leaves no gap between one row and the next", () => {
    const bottoms = new Set([0, ...places.map(({ y, h }) => y + h)]);
    expect(places.filter(({ y }) => !bottoms.has(y))).toEqual([]);
  });

  test("gives no two panels of a section the same title", () => {
    const sections = panels.reduce<string[][]>((found, { type, title = "" }) => {
      if (type === "row") found.push([]);
      found.at(-1)?.push(title);
      return found;
    }, []);
    expect(sections.filter((titles) => new Set(titles).size !== titles.length)).toEqual([]);
  });
});

describe("every panel", () => {
  test("has a title, a unit, and a description of at least a full sentence", () => {
    expect(findPanels(({ title = "" }) => title === "")).toEqual([]);
    expect(findPanels(({ fieldConfig }) => fieldConfig?.defaults.unit === undefined)).toEqual([]);
    expect(findPanels(({ description = "" }) => !/^[A-Z\da-z].{30,}\.$/.test(description))).toEqual([]);
  });

  test("asks the chosen data source about the chosen instances, at least one question", () => {
    expect(findPanels(({ targets = [] }) => targets.length === 0)).toEqual([]);
    expect(findPanels(({ datasource }) => datasource?.uid !== "${datasource}")).toEqual([]);
    const asksOthers = (panel: GeneratedPanel): boolean =>
      (panel.targets ?? []).some(({ datasource }) => datasource?.uid !== "${datasource}");
    expect(findPanels(asksOthers)).toEqual([]);
    const selectorsOf = ({ targets = [] }: GeneratedPanel): readonly Selector[] =>
      targets.flatMap(({ expr }) => parsePromql(fillVariables(expr, { instance: "CHOSEN" }, "5m")).selectors);
    const isLimited = ({ matchers }: Selector): boolean =>
      matchers.some(({ label, operator, value }) => label === "instance" && operator === "=~" && value === "CHOSEN");
    expect(findPanels((panel) => !selectorsOf(panel).every(isLimited))).toEqual([]);
  });

  test("takes rates over Grafana's rate interval and totals over the whole range", () => {
    const windows = (panel: GeneratedPanel): string[] =>
      (panel.targets ?? []).flatMap(({ expr }) => [...expr.matchAll(/\[([^\]]*)\]/g)].map(([, window = ""]) => window));
    expect(findPanels((panel) => windows(panel).some((window) => !/^\$__(rate_interval|range)$/.test(window)))).toEqual(
      [],
    );
  });

  test("names its series, and gives each of its questions a letter of its own", () => {
    const isUnnamed = ({ targets = [] }: GeneratedPanel): boolean =>
      targets.some(({ legendFormat }) => legendFormat === "") ||
      new Set(targets.map(({ refId }) => refId)).size !== targets.length;
    expect(findPanels(isUnnamed)).toEqual([]);
  });

  test("shows a counter by its rate or its increase, with one exception", () => {
    const isBare = (expr: string): boolean =>
      [...expr.matchAll(/(\w*)\(?\b(taskstats_\w+_total)\{/g)].some(([, call = ""]) => !/^(rate|increase)$/.test(call));
    expect(findPanels(({ targets = [] }) => targets.some(({ expr }) => isBare(expr)))).toEqual([
      "exporter / Overflowed into other",
    ]);
  });
});
