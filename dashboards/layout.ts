/** Places panels on Grafana's grid of 24 columns: in rows, from the left, each section below the one before. Pure. */

import type { Panel, Section } from "./panel.ts";

/** A place on the grid, in Grafana's words. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const columns = 24;

const sizes = {
  stat: { w: 4, h: 4 },
  lines: { w: 12, h: 8 },
  stacked: { w: 12, h: 8 },
  heatmap: { w: 12, h: 8 },
  table: { w: 24, h: 10 },
} as const satisfies Record<Panel["view"], { w: number; h: number }>;

/** A panel and where it is. */
export interface PlacedPanel {
  readonly panel: Panel;
  readonly place: Place;
}

/** A section whose place is that of its heading, one line high. */
export interface PlacedSection {
  readonly title: string;
  readonly place: Place;
  readonly panels: readonly PlacedPanel[];
}

const bottomOf = ({ y, h }: Place): number => y + h;

/** Places panels from the left, the first row at `top`. A panel that does not fit begins a new row. */
function placePanels(panels: readonly Panel[], top: number): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let [x, y] = [0, top];
  for (const panel of panels) {
    const { w, h } = { ...sizes[panel.view], ...(panel.width === undefined ? {} : { w: panel.width }) };
    if (x + w > columns) [x, y] = [0, Math.max(...placed.map(({ place }) => bottomOf(place)))];
    placed.push({ panel, place: { x, y, w, h } });
    x += w;
  }
  return placed;
}

/** Places all panels of a dashboard, each section below the one before. */
export function placeSections(sections: readonly Section[]): PlacedSection[] {
  let top = 0;
  return sections.map(({ title, panels }) => {
    const heading = { x: 0, y: top, w: columns, h: 1 };
    const placed = placePanels(panels, bottomOf(heading));
    top = Math.max(bottomOf(heading), ...placed.map(({ place }) => bottomOf(place)));
    return { title, place: heading, panels: placed };
  });
}
