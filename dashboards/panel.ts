/** The shape of a dashboard as data: sections of panels, and what each panel asks Prometheus. Nothing here depends on Grafana. */

/** One question to Prometheus, in PromQL with Grafana's variables. */
export interface Query {
  readonly expr: string;
  /** Grafana's legend template, such as `{{groupname}}`; in a table the title of the column. */
  readonly legend: string;
}

interface PanelHead {
  readonly title: string;
  /** What the panel shows, and what its reader should do about it. */
  readonly description: string;
  /** Grafana's id of a unit, from the SDK's list. */
  readonly unit: string;
  /** Columns of Grafana's grid of 24. The view's usual width where it is left out. */
  readonly width?: number;
  readonly queries: readonly Query[];
}

/** The value from which a figure is worth a look, and the value from which it is bad. Higher is worse. */
export interface Limits {
  readonly look: number;
  readonly bad?: number;
}

/** Values over time. */
export interface TimePanel extends PanelHead {
  readonly view: "lines" | "stacked";
  readonly limits?: Limits;
}

/** Numbers of now: mostly one. */
export interface StatPanel extends PanelHead {
  readonly view: "stat";
  readonly limits?: Limits;
  /** The words shown instead of 0 and 1. 0 is the bad state. */
  readonly states?: readonly [off: string, on: string];
}

/** Figures of now: a row for each set of labels, a column for each query. */
export interface TablePanel extends PanelHead {
  readonly view: "table";
  /** Labels that identify a row, in the order of their columns. */
  readonly rows: readonly string[];
  /** By legend, the unit of each column whose unit is not the panel's. */
  readonly units?: Readonly<Record<string, string>>;
  /** The column by which the rows are sorted, the highest first. */
  readonly sortBy: string;
}

/** A histogram over time. Its query sums the buckets by `le`. */
export interface HeatmapPanel extends PanelHead {
  readonly view: "heatmap";
}

export type Panel = TimePanel | StatPanel | TablePanel | HeatmapPanel;

/** Panels below one heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The variables that a dashboard may have besides the data source and the instance. */
export type Variable = "groupname" | "namespace" | "pod";

export interface Dashboard {
  /** Never changes, since it is part of the dashboard's address and of links to it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
}
