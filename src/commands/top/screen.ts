/** Makes of a view the lines of a screen, or of a table that is printed. Pure. */

import { isNamed, sortGroups, type GroupView, type LiveView, type SortKey } from "../../live/view.ts";
import { cutText } from "../../terminal/fit.ts";
import { renderHead } from "./head.ts";
import { renderHelp } from "./help.ts";
import { createRows, type RowOptions } from "./rows.ts";
import type { TopState } from "./state.ts";

export interface ScreenOptions extends RowOptions {
  readonly width: number;
  readonly height: number;
  /** Where the figures come from. */
  readonly origin: string;
}

export interface Screen {
  /** At most as many as the screen has rows. */
  readonly lines: readonly string[];
  /** How many groups are in view. */
  readonly page: number;
  /** How many groups are above the screen: no more than leave it full. */
  readonly offset: number;
}

/** Below this height the line between head and table is left out, and a condition takes one line. */
const comfortable = 16;

function describeKeys({ sort, paused, filter, typing }: TopState): string {
  if (typing) return `Show groups with: ${filter}_`;
  const filtered = filter === "" ? "" : `, groups with "${filter}"`;
  return `${paused ? "paused, " : ""}by ${sort}${filtered} (h for help)`;
}

function select(groups: readonly GroupView[], sort: SortKey, filter: string): readonly GroupView[] {
  return sortGroups(filter === "" ? groups : groups.filter((group) => isNamed(group, filter)), sort);
}

/** The last line: how many groups are not in view, and what the keys have set. */
function describeRest(state: TopState, { above, below }: { readonly above: number; readonly below: number }): string {
  const parts = [above > 0 ? `${above} above` : "", below > 0 ? `and ${below} more` : ""].filter((part) => part !== "");
  return [...parts, describeKeys(state)].join("; ");
}

/** A screen that shows the view as the state wants it. */
export function renderScreen(view: LiveView, state: TopState, options: ScreenOptions): Screen {
  const { width, height } = options;
  const isRoomy = height >= comfortable;
  const head = renderHead(view, { ...options, mostLines: isRoomy ? 4 : 1 });
  const above = isRoomy ? [...head, ""] : head;
  const last = (text: string): string => cutText(text, width);
  if (state.help) {
    const help = renderHelp(options).slice(0, Math.max(0, height - above.length - 1));
    return { lines: [...above, ...help, last("h for the table")].slice(0, height), page: 1, offset: state.offset };
  }
  const groups = select(view.groups, state.sort, state.filter);
  const page = Math.max(1, height - above.length - 2);
  const offset = Math.min(state.offset, Math.max(0, groups.length - page));
  const shown = groups.slice(offset, offset + page);
  const { header, write } = createRows(shown, options);
  const rest = describeRest(state, { above: offset, below: groups.length - offset - shown.length });
  return { lines: [...above, header, ...shown.map(write), last(rest)].slice(0, height), page, offset };
}

export interface PrintOptions extends RowOptions {
  readonly sort: SortKey;
  readonly origin: string;
}

/** All groups as a text, for output that is no screen. */
export function renderTable(view: LiveView, { sort, ...options }: PrintOptions): string {
  const groups = sortGroups(view.groups, sort);
  const { header, write } = createRows(groups, options);
  const head = renderHead(view, { ...options, mostLines: 4 });
  return [...head, "", header, ...groups.map(write)].map((line) => `${line}\n`).join("");
}
