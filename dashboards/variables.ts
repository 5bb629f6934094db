/** The variables at the top of each dashboard: the data source, the hosts, and the group, namespace or pod to look at. */

import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Variable } from "./panel.ts";

/** The data source that its variable names, in the form that panels and queries take. */
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

/** A variable of which several values, or all, can be chosen. `.+` for all leaves out series without the label. */
function severalOf(name: keyof typeof queries): QueryVariableBuilder {
  return queryVariable(name).multi(true).includeAll(true).allValue(".+").current({ text: "All", value: "$__all" });
}

/** The variables of every dashboard and those of this one. Exactly one group can be chosen, and several of the others. */
export function createVariables(variables: readonly Variable[]): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    severalOf("instance"),
    ...variables.map((name) => (name === "groupname" ? queryVariable(name) : severalOf(name))),
  ];
}
