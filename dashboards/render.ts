/** A dashboard of the tables as the JSON that Grafana loads. */

import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { placeSections } from "./layout.ts";
import type { Dashboard } from "./panel.ts";
import { renderPanel } from "./render-panel.ts";
import { createVariables } from "./variables.ts";

/** The tag by which the dashboards find each other. */
const tag = "taskstats";

/** The dashboard of one group, for the row of a table that was clicked on, with the same hosts and time. */
const groupUrl =
  "/d/taskstats-group/one-group?var-datasource=${datasource}&${instance:queryparam}" +
  "&var-groupname=${__data.fields.groupname}&${__url_time_range}";

function createHead({ uid, title, description, variables }: Dashboard) {
  const links = new DashboardLinkBuilder("taskstats")
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .includeVars(true)
    .keepTime(true);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor's files load in Grafana 12 and later only
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .timezone("browser")
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(links)
    .variables(createVariables(variables));
}

/** The text of the dashboard's file; the same for the same tables. */
export function renderDashboard(dashboard: Dashboard): string {
  const builder = createHead(dashboard);
  let id = 0;
  for (const { title, place, panels } of placeSections(dashboard.sections)) {
    builder.withRow(new RowBuilder(title).id(++id).gridPos({ ...place }));
    for (const placed of panels) {
      builder.withPanel(renderPanel(placed.panel, { id: ++id, place: placed.place, groupUrl }));
    }
  }
  return `${JSON.stringify(builder.build(), undefined, 2)}\n`;
}
