/** Reads all queries that are shipped: those of dashboards, rules and documents. */

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { queries } from "../../docs/queries.ts";

/** A query and its place: `one-group / Storage / read`. */
export interface ShippedQuery {
  readonly from: string;
  readonly expr: string;
}

/** The parts of a panel in Grafana's form that tests read. */
export interface GeneratedPanel {
  readonly id?: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource?: { readonly uid: string };
  }[];
}

export interface GeneratedDashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly links: readonly unknown[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly panels: readonly GeneratedPanel[];
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${repository}/${path}`, "utf8");

/** @returns the dashboards by the name of their file */
export function readDashboards(): ReadonlyMap<string, GeneratedDashboard> {
  const files = readdirSync(`${repository}/dashboards/generated`);
  return new Map(
    files.map((file) => [
      file.replace(".json", ""),
      JSON.parse(read(`dashboards/generated/${file}`)) as GeneratedDashboard,
    ]),
  );
}

/** All rules of one file in deploy/prometheus. */
export function readRules(file: string): Rule[] {
  const { groups } = parse(read(`deploy/prometheus/${file}`)) as { readonly groups: readonly { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function dashboardQueries(): ShippedQuery[] {
  return [...readDashboards()].flatMap(([name, { panels }]) =>
    panels.flatMap(({ title = "", targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({ from: `${name} / ${title} / ${legendFormat}`, expr })),
    ),
  );
}

/** The queries that fill variables, without Grafana's function around them: series that have the label. */
export function variableQueries(): ShippedQuery[] {
  return [...readDashboards()].flatMap(([name, { templating }]) =>
    templating.list.flatMap(({ name: variable, definition = "" }) => {
      const [, metric, matchers, label] = /^label_values\((\w+)(?:\{(.*)\})?, (\w+)\)$/.exec(definition) ?? [];
      if (metric === undefined || label === undefined) return [];
      const all = [...(matchers === undefined ? [] : [matchers]), `${label}!=""`];
      return [{ from: `${name} / $${variable}`, expr: `group by (${label}) (${metric}{${all.join(", ")}})` }];
    }),
  );
}

export function documentQueries(): ShippedQuery[] {
  const blocks = [...read("docs/operations.md").matchAll(/^```promql\n([^]*?)\n```$/gm)];
  return [
    ...blocks.map(([, expr = ""]) => ({ from: `operations.md / ${expr.slice(0, 60)}`, expr })),
    ...Object.entries(queries).map(([metric, { expr }]) => ({ from: `metrics.md / ${metric}`, expr })),
  ];
}

export function ruleQueries(): ShippedQuery[] {
  return [...readRules("recording.yml"), ...readRules("alerts.yml")].map(({ record, alert, expr }) => ({
    from: `rules / ${record ?? alert ?? ""}`,
    expr,
  }));
}

/** Fills in Grafana's variables. The window takes the place of `$__rate_interval` and `$__range`. */
export function fillVariables(expr: string, variables: Readonly<Record<string, string>>, window: string): string {
  return expr.replace(/\$(\w+)/g, (_match, name: string) =>
    name.startsWith("__") ? window : (variables[name] ?? ".+"),
  );
}
