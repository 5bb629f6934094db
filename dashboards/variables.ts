/** The variables at the top of each dashboard: where the data is, which hosts, and what is to be looked at of them. */

import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Variable } from "./panel.ts";

/** The data source that the variable names, as panels and queries refer to it. */
export const datasource = { type: "prometheus", uid: "${datasource}" } as const;

const queries = {
  instance: "label_values(taskstats_exporter_build_info, instance)",
  groupname: 'label_values(taskstats_processes{instance=~"$instance"}, groupname)',
  namespace: 'label_values(taskstats_processes{instance=~"$instance"}, namespace)',
  pod: 'label_values(taskstats_processes{instance=~"$instance", namespace=~"$namespace"}, pod)',
} as const satisfies Record<Variable | "instance", string>;

const labels = {
  instance: "Instance",
  groupname: "Group",
  namespace: "Namespace",
  pod: "Pod",
} as const satisfies Record<keyof typeof queries, string>;

function queryVariable(name: keyof typeof queries): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(labels[name])
    .datasource(datasource)
    .query({ query: queries[name], refId: name })
    .definition(queries[name])
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** One or more of them, or all; `.+` leaves out what has no such label. */
function severalOf(name: keyof typeof queries): QueryVariableBuilder {
  return queryVariable(name).multi(true).includeAll(true).allValue(".+").current({ text: "All", value: "$__all" });
}

/** Data source and instance, and those of the dashboard. One group is looked at at a time, of the others any number. */
export function createVariables(variables: readonly Variable[]): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    severalOf("instance"),
    ...variables.map((name) => (name === "groupname" ? queryVariable(name) : severalOf(name))),
  ];
}
