/** The lines of the table of groups. Pure. */

import { activityLooks } from "../../fields/activities.ts";
import { delayKinds, type DelayKind } from "../../fields/fields.ts";
import { formatRate } from "../../live/format-rate.ts";
import { busyOf, nameOf, type GroupView } from "../../live/view.ts";
import { fitText } from "../../terminal/fit.ts";
import { paint, type Style } from "../../terminal/table.ts";
import { widthOf, escapeControls } from "../../terminal/width.ts";
import type { ColourDepth } from "../../terminal/rgb.ts";
import { drawBar } from "./bar.ts";
import { columnGap, layOutColumns, type Column, type ColumnName } from "./columns.ts";

export interface RowOptions {
  /** Columns of the terminal; undefined where lines may be as long as they need. */
  readonly width: number | undefined;
  readonly colour: boolean;
  /** Colours of the bars; 0 for letters. */
  readonly depth: ColourDepth;
}

const titles: Readonly<Record<ColumnName, string>> = {
  group: "GROUP",
  processes: "PROCS",
  run: "RUN",
  wait: "WAIT",
  bar: "",
  main: "MAIN WAIT",
  exits: "EXITS/s",
  failed: "FAILED/s",
};

const isLeft: ReadonlySet<ColumnName> = new Set(["group", "bar", "main"]);

/** What the threads of a group wait for most; undefined where they do not wait. */
export function mainWaitOf({ waits }: Pick<GroupView, "waits">): DelayKind | undefined {
  const tasks = (kind: DelayKind): number => waits[kind] ?? 0;
  const main = delayKinds.reduce((most, kind) => (tasks(kind) > tasks(most) ? kind : most));
  return tasks(main) > 0 ? main : undefined;
}

function textOf(group: GroupView, name: Exclude<ColumnName, "bar">): string {
  const main = name === "main" ? mainWaitOf(group) : undefined;
  switch (name) {
    case "group":
      return nameOf(group);
    case "processes":
      return String(group.processes);
    case "run":
      return formatRate(group.run);
    case "wait":
      return formatRate(busyOf(group) - group.run);
    case "main":
      return main === undefined ? "" : activityLooks[main].words;
    case "exits":
      return formatRate(group.exits);
    case "failed":
      return formatRate(group.failed);
  }
}

function styleOf(group: GroupView, name: ColumnName): Style | undefined {
  return name === "failed" && group.failed > 0 ? "red" : undefined;
}

const alignOf = (name: ColumnName): "left" | "right" => (isLeft.has(name) ? "left" : "right");

/** A width at which everything fits, for output that is no terminal. */
const roomy = (names: number): number => Math.max(names, 12) + 88;

/** The line of titles, and a function that writes the line of a group. @param shown the groups whose lines will be written */
export function createRows(
  shown: readonly GroupView[],
  { width, colour, depth }: RowOptions,
): { readonly header: string; readonly write: (group: GroupView) => string } {
  const names = shown.reduce((longest, group) => Math.max(longest, widthOf(escapeControls(nameOf(group)))), 0);
  const columns = layOutColumns(width ?? roomy(names), names);
  const most = shown.reduce((busiest, group) => Math.max(busiest, busyOf(group)), 0);
  const join = (cells: readonly string[]): string => cells.join(" ".repeat(columnGap)).trimEnd();
  const styled = (text: string, style: Style | undefined): string => (colour ? paint(text, style) : text);

  function writeCell(group: GroupView, { name, width: cell }: Column): string {
    if (name === "bar") return drawBar(group, { columns: cell, most, depth });
    return styled(fitText(textOf(group, name), cell, alignOf(name)), styleOf(group, name));
  }

  return {
    header: styled(join(columns.map(({ name, width: cell }) => fitText(titles[name], cell, alignOf(name)))), "bold"),
    write: (group) => join(columns.map((column) => writeCell(group, column))),
  };
}
