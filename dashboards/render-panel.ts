/** Renders one panel with Grafana's SDK: the options of each view, and those that all views share. */

import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  SortOrder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel as GrafanaPanel,
  type Threshold,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapBuilder, YAxisConfigBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { activityLooks } from "../src/fields/activities.ts";
import { delayKinds } from "../src/fields/fields.ts";
import type { Place } from "./layout.ts";
import type { HeatmapPanel, Limits, Panel, StatPanel, TablePanel, TimePanel } from "./panel.ts";
import { datasource } from "./variables.ts";

/** The part of a panel that its dashboard decides. */
export interface PanelContext {
  readonly id: number;
  readonly place: Place;
  /** The address that a click on a group's name opens. */
  readonly groupUrl: string;
}

const letterOf = (index: number): string => String.fromCharCode("A".charCodeAt(0) + index);

const formats = {
  lines: PromQueryFormat.TimeSeries,
  stacked: PromQueryFormat.TimeSeries,
  stat: PromQueryFormat.TimeSeries,
  table: PromQueryFormat.Table,
  heatmap: PromQueryFormat.Heatmap,
} as const satisfies Record<Panel["view"], PromQueryFormat>;

function createQueries({ view, queries }: Panel): Builder<Dataquery>[] {
  return queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .refId(letterOf(index))
      .datasource(datasource)
      .expr(expr)
      .legendFormat(legend)
      .format(formats[view]);
    return view === "table" || view === "stat" ? query.instant() : query.range();
  });
}

/** Without limits everything is green. The green step is written out, since Grafana would put in a limit of its own, 80. */
function createThresholds({ look, bad }: Partial<Limits> = {}): ThresholdsConfigBuilder {
  const steps: Threshold[] = [
    { value: null, color: "green" },
    ...(look === undefined ? [] : [{ value: look, color: "orange" }]),
    ...(bad === undefined ? [] : [{ value: bad, color: "red" }]),
  ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

/** Gives each kind of delay the colour that it has on the exporter's own pages. */
function colourDelays(builder: TimeseriesBuilder): void {
  for (const kind of delayKinds) {
    const value = { mode: FieldColorModeId.Fixed, fixedColor: activityLooks[kind].colour };
    builder.overrideByName(kind, [{ id: "color", value }]);
  }
}

/** Whether each line is a kind of delay, by its legend. */
const showsDelays = ({ queries }: TimePanel): boolean =>
  queries.some(({ legend, expr }) => legend === "{{kind}}" && expr.includes("_delay"));

function timePanel(panel: TimePanel): TimeseriesBuilder {
  const { view, limits, queries } = panel;
  const legend = new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .calcs(["mean", "max"]);
  const builder = new TimeseriesBuilder()
    .min(0)
    .fillOpacity(view === "stacked" ? 40 : queries.length === 1 ? 10 : 5)
    .legend(legend)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (showsDelays(panel)) colourDelays(builder);
  if (view === "stacked") builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (limits === undefined) return builder;
  const style = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
  return builder.thresholds(createThresholds(limits)).thresholdsStyle(style);
}

function stateMapping([off, on]: readonly [string, string]): ValueMapping {
  const options = { "0": { text: off, color: "red", index: 0 }, "1": { text: on, color: "green", index: 1 } };
  return { type: MappingType.ValueToText, options };
}

function statPanel({ limits, states }: StatPanel): StatBuilder {
  const builder = new StatBuilder()
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .noValue("no data")
    .thresholds(createThresholds(limits));
  return states === undefined ? builder : builder.mappings([stateMapping(states)]);
}

function tablePanel(panel: TablePanel, groupUrl: string): TableBuilder {
  const { rows, queries, units = {}, sortBy } = panel;
  const columns = queries.map(({ legend }, index) => [`Value #${letterOf(index)}`, legend] as const);
  const order = [...rows, ...columns.map(([value]) => value)];
  const builder = new TableBuilder()
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(columns),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(true)]);
  for (const [column, unit] of Object.entries(units)) builder.overrideByName(column, [{ id: "unit", value: unit }]);
  if (rows.includes("groupname")) {
    const links = [{ title: "Look at this group", url: groupUrl }];
    builder.overrideByName("groupname", [{ id: "links", value: links }]);
  }
  return builder;
}

/** Each row is a bucket as Prometheus returns it, named by its upper bound; Grafana computes no buckets. */
function heatmapPanel({ unit }: HeatmapPanel): HeatmapBuilder {
  return new HeatmapBuilder().calculate(false).yAxis(new YAxisConfigBuilder().unit(unit));
}

function createView(panel: Panel, groupUrl: string): TimeseriesBuilder | StatBuilder | TableBuilder | HeatmapBuilder {
  switch (panel.view) {
    case "stat":
      return statPanel(panel);
    case "table":
      return tablePanel(panel, groupUrl);
    case "heatmap":
      return heatmapPanel(panel);
    case "lines":
    case "stacked":
      return timePanel(panel);
  }
}

/** @returns the builder of Grafana's form of the panel */
export function renderPanel(panel: Panel, { id, place, groupUrl }: PanelContext): Builder<GrafanaPanel> {
  return createView(panel, groupUrl)
    .id(id)
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(datasource)
    .gridPos({ ...place })
    .targets(createQueries(panel));
}
