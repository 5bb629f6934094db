/** Renders a dashboard of the tables as the JSON that Grafana loads. */

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

/** Leads from a row of a table to the dashboard of that group, with the same hosts and time range. */
const groupUrl =
  "/d/taskstats-group/one-group?var-datasource=${datasource}&${instance:queryparam}" +
  "&var-groupname=${__data.fields.groupname}&${__url_time_range}";

function createHead({ uid, title, description, variables }: Dashboard) {
  const links = new DashboardLinkBuilder("taskstats")
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .includeVars(true)
    .keepTime(true);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- files of its successor load only in Grafana 12 and later
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

/** @returns the text of the dashboard's file; the same tables give the same text */
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
