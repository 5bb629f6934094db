/** The bar of a group: what its threads do, by length and colour, or by length and letter. Pure. */

import { activities, activityLooks, type Activity } from "../../fields/activities.ts";
import { figureOf, type GroupView } from "../../live/view.ts";
import { paintGround, type ColourDepth } from "../../terminal/rgb.ts";
import { letters } from "./letters.ts";

export interface BarOptions {
  readonly columns: number;
  /** How many tasks fill the whole bar. */
  readonly most: number;
  readonly depth: ColourDepth;
}

/** The activity in the middle of each column; an activity that is too short to reach a middle is not seen. */
function listCells(group: GroupView, { columns, most }: BarOptions): readonly Activity[] {
  const cells: Activity[] = [];
  let end = 0;
  for (const kind of activities) {
    end += (figureOf(group, kind) / most) * columns;
    while (cells.length < columns && cells.length + 0.5 <= end) cells.push(kind);
  }
  return cells;
}

/** The bar, filled up with spaces to its columns. Without colours each column has the letter of its activity. */
export function drawBar(group: GroupView, options: BarOptions): string {
  const cells = options.most > 0 ? listCells(group, options) : [];
  const space = " ".repeat(options.columns - cells.length);
  if (options.depth === 0) return cells.map((kind) => letters[kind]).join("") + space;
  const runs = activities.map((kind) => {
    const length = cells.filter((cell) => cell === kind).length;
    return paintGround(" ".repeat(length), activityLooks[kind].colour, options.depth);
  });
  return runs.join("") + space;
}
