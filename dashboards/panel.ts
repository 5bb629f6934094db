/** The shape of a dashboard as data: sections of panels, and what each of them asks Prometheus. It knows no Grafana. */

/** One question to Prometheus, in PromQL with Grafana's variables. */
export interface Query {
  readonly expr: string;
  /** Grafana's legend template, such as `{{groupname}}`; a table's column. */
  readonly legend: string;
}

interface PanelHead {
  readonly title: string;
  /** What the panel shows, and what its reader should do about it. */
  readonly description: string;
  /** Grafana's id of a unit, from the SDK's list. */
  readonly unit: string;
  /** Columns of Grafana's grid of 24; by default what is usual for the view. */
  readonly width?: number;
  readonly queries: readonly Query[];
}

/** Values from which a figure is worth a look, and from which it is bad; more is worse. */
export interface Limits {
  readonly look: number;
  readonly bad?: number;
}

/** Values over time. */
export interface TimePanel extends PanelHead {
  readonly view: "lines" | "stacked";
  readonly limits?: Limits;
}

/** One number, of now. */
export interface StatPanel extends PanelHead {
  readonly view: "stat";
  readonly limits?: Limits;
  /** Words for 0 and 1, for what is on or off; 0 is the bad one. */
  readonly states?: readonly [off: string, on: string];
}

/** One row per set of labels, one column per query, of now. */
export interface TablePanel extends PanelHead {
  readonly view: "table";
  /** Labels that identify a row, in the order of their columns. */
  readonly rows: readonly string[];
  /** Units of columns that have another than the panel's, by legend. */
  readonly units?: Readonly<Record<string, string>>;
  /** The column by which the rows are sorted, the highest first. */
  readonly sortBy: string;
}

/** A histogram over time; its query sums up by `le`. */
export interface HeatmapPanel extends PanelHead {
  readonly view: "heatmap";
}

export type Panel = TimePanel | StatPanel | TablePanel | HeatmapPanel;

/** Panels below one heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Variables besides the data source and the instance. */
export type Variable = "groupname" | "namespace" | "pod";

export interface Dashboard {
  /** Part of its address and of links to it: it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
}
