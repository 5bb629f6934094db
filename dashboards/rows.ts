/** Panels as rows of tables: most panels of a dashboard differ only in their texts and in their queries. Pure. */

import type { HeatmapPanel, Query, StatPanel, TimePanel } from "./panel.ts";

/** One curve or number: Grafana's legend template, and the query in PromQL. */
export type Shown = readonly [legend: string, expr: string];

interface Asking {
  readonly shows: readonly Shown[];
}

/** Values over time, as lines unless the row says `view: "stacked"`. */
export type CurveRow = Omit<TimePanel, "view" | "queries"> & Partial<Pick<TimePanel, "view">> & Asking;

/** Numbers of now: mostly one. */
export type StatRow = Omit<StatPanel, "view" | "queries"> & Asking;

/** A histogram over time. */
export type HeatmapRow = Omit<HeatmapPanel, "view" | "queries"> & {
  /** Sums of the buckets by `le`. */
  readonly buckets: string;
};

const toQuery = ([legend, expr]: Shown): Query => ({ expr, legend });

export function drawCurves(rows: readonly CurveRow[]): TimePanel[] {
  return rows.map(({ view = "lines", shows, ...head }) => ({ ...head, view, queries: shows.map(toQuery) }));
}

export function drawStats(rows: readonly StatRow[]): StatPanel[] {
  return rows.map(({ shows, ...head }) => ({ ...head, view: "stat", queries: shows.map(toQuery) }));
}

export function drawHeatmaps(rows: readonly HeatmapRow[]): HeatmapPanel[] {
  return rows.map(({ buckets, ...head }) => ({ ...head, view: "heatmap", queries: [toQuery(["{{le}}", buckets])] }));
}
