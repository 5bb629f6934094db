/** Which columns of the table fit a terminal, and how wide they are. Pure. */

import { activityLooks } from "../../fields/activities.ts";

export type ColumnName = "group" | "processes" | "run" | "wait" | "bar" | "main" | "exits" | "failed";

export interface Column {
  readonly name: ColumnName;
  readonly width: number;
}

export const columnGap = 2;

const wordsWidth = Math.max(...Object.values(activityLooks).map(({ words }) => words.length));

/** The narrowest width of each column. */
const least: Readonly<Record<ColumnName, number>> = {
  group: 12,
  processes: 5,
  run: 5,
  wait: 5,
  bar: 10,
  main: wordsWidth,
  exits: 7,
  failed: 8,
};

/** From the left to the right. */
const order = ["group", "processes", "run", "wait", "bar", "main", "exits", "failed"] as const;

/** What a narrow terminal keeps, the most important first. */
const importance = ["group", "run", "wait", "exits", "failed", "processes", "bar", "main"] as const;

const widestBar = 40;

/** The columns that fit beside each other at their narrowest. The name of the group is always there. */
function chooseColumns(width: number): ReadonlySet<ColumnName> {
  const chosen = new Set<ColumnName>();
  let left = width + columnGap;
  for (const name of importance) {
    if (least[name] + columnGap > left && name !== "group") break;
    chosen.add(name);
    left -= least[name] + columnGap;
  }
  return chosen;
}

/**
 * Lays out the table. What is left over goes to the names of groups as far as they need it, and then to the bar.
 *
 * @param width columns of the terminal
 * @param names columns that the longest name takes
 */
export function layOutColumns(width: number, names: number): readonly Column[] {
  const chosen = chooseColumns(width);
  const columns = order.filter((name) => chosen.has(name));
  const taken = columns.reduce((sum, name) => sum + least[name], (columns.length - 1) * columnGap);
  const spare = width - taken;
  const group = Math.max(Math.min(least.group, width), Math.min(names, least.group + spare));
  const bar = chosen.has("bar") ? Math.min(widestBar, least.bar + width - taken - (group - least.group)) : 0;
  return columns.map((name) => ({ name, width: name === "group" ? group : name === "bar" ? bar : least[name] }));
}
