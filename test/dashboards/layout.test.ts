/** Panels on Grafana's grid. */

import { expect, test } from "@jest/globals";
import { placeSections } from "../../dashboards/layout.ts";
import type { Panel } from "../../dashboards/panel.ts";

function panel(view: "stat" | "lines", width?: number): Panel {
  const head = { title: view, description: "", unit: "s", queries: [] };
  return width === undefined ? { ...head, view } : { ...head, view, width };
}

const placesOf = (panels: readonly Panel[]) =>
  placeSections([{ title: "", panels }])[0]?.panels.map(({ place }) => place);

test("panels fill a row before the next one begins", () => {
  expect(placesOf([panel("lines"), panel("lines"), panel("lines")])).toEqual([
    { x: 0, y: 1, w: 12, h: 8 },
    { x: 12, y: 1, w: 12, h: 8 },
    { x: 0, y: 9, w: 12, h: 8 },
  ]);
});

test("a row begins below the highest panel of the one before", () => {
  expect(placesOf([panel("lines"), panel("stat"), panel("lines")])).toEqual([
    { x: 0, y: 1, w: 12, h: 8 },
    { x: 12, y: 1, w: 4, h: 4 },
    { x: 0, y: 9, w: 12, h: 8 },
  ]);
});

test("a panel may have a width of its own", () => {
  expect(placesOf([panel("lines", 24), panel("stat")])).toEqual([
    { x: 0, y: 1, w: 24, h: 8 },
    { x: 0, y: 9, w: 4, h: 4 },
  ]);
});

test("a section's heading is below all of the section before", () => {
  const section = { title: "", panels: [panel("stat"), panel("lines")] };
  const headings = placeSections([section, section, { title: "", panels: [] }]).map(({ place }) => place);
  expect(headings.map(({ y, w, h }) => [y, w, h])).toEqual([
    [0, 24, 1],
    [9, 24, 1],
    [18, 24, 1],
  ]);
});
