/** A group's activities as one bar, and their legend. Colours are in browser/page.css, by the name of the activity. */

import { activities, activityLooks, type Activity } from "../../fields/activities.ts";
import { formatRate } from "../../live/format-rate.ts";
import type { GroupView } from "../../live/view.ts";
import { html, type Html, type Part } from "./html.ts";

/** The activities of a group that happened, in the order of the legend. */
export function listActivities({ run, waits }: GroupView): readonly (readonly [kind: Activity, tasks: number])[] {
  return activities
    .map((kind) => [kind, kind === "run" ? run : (waits[kind] ?? 0)] as const)
    .filter(([, tasks]) => tasks > 0);
}

/** The activities in words, the largest first: `waits for a disk 1.20, runs on a CPU 0.31`. */
export function describeActivities(group: GroupView): string {
  const shown = [...listActivities(group)].sort(([, one], [, other]) => other - one);
  if (shown.length === 0) return "does nothing";
  return shown.map(([kind, tasks]) => `${activityLooks[kind].words} ${formatRate(tasks)}`).join(", ");
}

/** Units of the drawing along the bar. */
const length = 1000;

/** @param most how many tasks fill the whole bar */
export function renderBar(group: GroupView, most: number): Html {
  let x = 0;
  const rects = listActivities(group).map(([kind, tasks]) => {
    const width = (tasks / most) * length;
    const rect = html`<rect class="${kind}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10" />`;
    x += width;
    return rect;
  });
  const words = describeActivities(group);
  return html`<svg class="bar" viewBox="0 0 ${length} 10" preserveAspectRatio="none" role="img" aria-label="${words}">
    <title>${words}</title>
    ${rects}
  </svg>`;
}

/** @param label makes the text of an activity, such as a link */
export function renderLegend(label: (kind: Activity, words: string) => Part): Html {
  const entries = activities.map(
    (kind) =>
      html`<li>
        <svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="${kind}" width="10" height="10" /></svg
        >${label(kind, activityLooks[kind].words)}
      </li> `,
  );
  return html`<ul class="legend" aria-label="Colours">
    ${entries}
  </ul>`;
}
