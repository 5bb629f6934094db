/** The lines above the table: the machine, what all groups do together, and what is not well. Pure. */

import { activities, activityLooks } from "../../fields/activities.ts";
import { formatRate } from "../../live/format-rate.ts";
import type { Condition } from "../../live/status.ts";
import { figureOf, sumGroups, type LiveView } from "../../live/view.ts";
import { cutText, wrapText } from "../../terminal/fit.ts";
import { paint } from "../../terminal/table.ts";

export interface HeadOptions {
  /** Columns of the terminal; undefined where lines may be as long as they need. */
  readonly width: number | undefined;
  readonly colour: boolean;
  /** Where the figures come from. */
  readonly origin: string;
  /** The lines that a condition may take at the most. */
  readonly mostLines: number;
}

const plural = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? "" : word.endsWith("s") ? "es" : "s"}`;

function describeMachine({ hostname, cpus, groups, span }: LiveView): string {
  const processes = groups.reduce((sum, group) => sum + group.processes, 0);
  const time = span === undefined ? "rates come with the next sample" : `rates of ${formatRate(span)} s`;
  return `${hostname}: ${plural(cpus, "CPU")}, ${plural(processes, "process")} in ${plural(groups.length, "group")}, ${time}`;
}

/** What all groups do together, the most first. Running is always named. */
export function describeTotals({ groups }: Pick<LiveView, "groups">): string {
  const total = sumGroups(groups);
  const shown = activities
    .map((kind) => ({ kind, tasks: figureOf(total, kind) }))
    .filter(({ kind, tasks }) => kind === "run" || tasks > 0)
    .sort((one, other) => other.tasks - one.tasks)
    .map(({ kind, tasks }) => `${activityLooks[kind].words} ${formatRate(tasks)}`);
  return `${shown.join(", ")}; ${formatRate(total.exits)} exits/s, ${formatRate(total.failed)} failed/s`;
}

/** The worst condition in words with what to do, and how many others are not good; undefined where all are good. */
export function describeWorst(conditions: readonly Condition[]): string | undefined {
  const troubles = conditions.filter(({ level }) => level !== "good");
  const worst = troubles.find(({ level }) => level === "bad") ?? troubles[0];
  if (worst === undefined) return undefined;
  const { level, subject, text, remedy } = worst;
  const todo = remedy === undefined ? "" : ` What to do: ${remedy}.`;
  const more = troubles.length === 1 ? "" : ` And ${troubles.length - 1} more.`;
  return `${level === "bad" ? "Bad" : "Warning"}: ${subject} ${text}.${todo}${more}`;
}

export function renderHead(view: LiveView, { width, colour, origin, mostLines }: HeadOptions): string[] {
  const columns = width ?? Infinity;
  const worst = describeWorst(view.conditions);
  const isBad = view.conditions.some(({ level }) => level === "bad");
  const wrapped = worst === undefined ? [] : wrapText(worst, columns);
  // What is cut off here is told by the exporter's page and log too.
  const lines =
    wrapped.length > mostLines
      ? [...wrapped.slice(0, mostLines - 1), cutText(wrapped.slice(mostLines - 1).join(" "), columns)]
      : wrapped;
  return [
    cutText(describeMachine(view), columns),
    cutText(describeTotals(view), columns),
    cutText(origin, columns),
    ...lines.map((line) => (colour ? paint(line, isBad ? "red" : "yellow") : line)),
  ];
}
