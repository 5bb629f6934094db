/** The landing page: the exporter's state, and all groups with what they do now and did in the last 15 minutes. */

import { activities } from "../../fields/activities.ts";
import { formatRate } from "../../live/format-rate.ts";
import type { Look } from "../../live/live.ts";
import { busiestOf, busyOf, isNamed, sortGroups, sumGroups, type GroupView, type SortKey } from "../../live/view.ts";
import { renderBar, renderLegend } from "./activity-bar.ts";
import { renderConditions } from "./conditions.ts";
import { html, type Html, type Part } from "./html.ts";
import { renderPlot } from "./plot.ts";

/** What the address of the page asks for. */
export interface OverviewQuery {
  readonly sort: SortKey;
  /** A part of the names of the groups to show; empty for all. */
  readonly filter: string;
  /** Whether all groups are shown, however many there are. */
  readonly all: boolean;
}

/** So many groups are shown unless all are asked for: more are not read, but sent every five seconds. */
export const groupsShown = 100;

/** A column of a small plot is 15 s wide. */
const plotColumns = 60;

/** The address of this page with another question. */
function addressOf({ sort, filter, all }: OverviewQuery): string {
  const query = new URLSearchParams();
  if (sort !== "busy") query.set("sort", sort);
  if (filter !== "") query.set("filter", filter);
  if (all) query.set("all", "1");
  return query.size === 0 ? "./" : `./?${query.toString()}`;
}

/** The address of a group's own page. */
export function groupAddress(labels: GroupView["labels"]): string {
  return `./group?${new URLSearchParams(labels).toString()}`;
}

/** The name of a group, with its other labels smaller. */
export function renderName({ groupname = "", ...labels }: GroupView["labels"]): Html {
  const others = Object.entries(labels).map(([name, value]) => html` <small>${name}=${value}</small>`);
  return html`${groupname}${others}`;
}

function renderExits({ exits, failed }: GroupView): Html {
  const red = failed > 0 ? html` <b class="failed">${formatRate(failed)} failed</b>` : undefined;
  return html`<td class="number exits">${formatRate(exits)}${red}</td>`;
}

function renderRow(look: Look, group: GroupView, most: number): Html {
  const { labels, run, processes } = group;
  const plot = renderPlot(look.plotOf(group, plotColumns), {
    kinds: activities,
    columns: plotColumns,
    words: "the last 15 minutes",
  });
  return html`<tr>
    <th scope="row"><a href="${groupAddress(labels)}">${renderName(labels)}</a></th>
    <td class="wide">${renderBar(group, most)}</td>
    <td class="number runs">${formatRate(run)}</td>
    <td class="number waits">${formatRate(busyOf(group) - run)}</td>
    <td class="small">${plot}</td>
    ${renderExits(group)}
    <td class="number processes">${processes}</td>
  </tr> `;
}

interface SortLink {
  readonly key: SortKey;
  readonly text: Part;
  /** Where the link is: with the key it makes the id, by which a refreshed page finds what had the focus. */
  readonly place: "head" | "legend";
}

/** A link that sorts by a key, marked where the groups are sorted so. */
function renderSort({ key, text, place }: SortLink, query: OverviewQuery): Html {
  const current = query.sort === key && html` aria-current="true"`;
  return html`<a id="${place}-${key}" href="${addressOf({ ...query, sort: key })}" ${current}>${text}</a>`;
}

function renderHeads(query: OverviewQuery): Html {
  const head = (key: SortKey, text: string, kind: string): Html =>
    html`<th
      scope="col"
      class="${kind}"
      ${query.sort === key && html` aria-sort="${key === "name" ? "ascending" : "descending"}"`}
    >
      ${renderSort({ key, text, place: "head" }, query)}
    </th>`;
  return html`<tr>
    ${head("name", "Group", "name")} ${head("busy", "Runs and waits", "wide")} ${head("run", "Runs", "number runs")}
    <th scope="col" class="number waits">Waits</th>
    <th scope="col" class="small">15 minutes</th>
    ${head("exits", "Exits/s", "number exits")}
    <th scope="col" class="number processes">Processes</th>
  </tr>`;
}

function renderTotals({ view }: Look): Html {
  const sum = sumGroups(view.groups);
  const waits = busyOf(sum) - sum.run;
  const span = view.span === undefined ? "The first figures come in a few seconds." : undefined;
  return html`<p class="totals">
    ${span ?? html`<b>${formatRate(sum.run)}</b> of ${view.cpus} CPUs in use, <b>${formatRate(waits)}</b> threads wait, <b>${formatRate(sum.exits)}</b> processes exit per second, of which <b class="${sum.failed > 0 ? "failed" : ""}">${formatRate(sum.failed)}</b> fail. On average of the last ${view.span?.toFixed(0)} s.`}
  </p>`;
}

function renderTable(look: Look, query: OverviewQuery): Html {
  const found = sortGroups(look.view.groups, query.sort).filter((group) => isNamed(group, query.filter));
  const shown = query.all ? found : found.slice(0, groupsShown);
  const most = busiestOf(found);
  const more = found.length - shown.length;
  const rest =
    more > 0 &&
    html`<p>${more} more groups: <a id="all" href="${addressOf({ ...query, all: true })}">show all</a>, or filter.</p>`;
  const none = query.filter === "" ? "There are no groups." : `No group has ${query.filter} in its name.`;
  if (found.length === 0) return html`<p>${none}</p>`;
  return html`<table class="groups">
      <caption>
        How many threads run and wait at a time, by group; processes that have exited are included
      </caption>
      <thead>
        ${renderHeads(query)}
      </thead>
      <tbody>
        ${shown.map((group) => renderRow(look, group, most))}
      </tbody>
    </table>
    ${rest}`;
}

export interface OverviewOptions {
  readonly query: OverviewQuery;
  /** The lines at the foot of the page. */
  readonly facts: Part;
}

export function renderOverview(look: Look, { query, facts }: OverviewOptions): Html {
  const legend = renderLegend((kind, words) => renderSort({ key: kind, text: words, place: "legend" }, query));
  return html`${renderConditions(look.view.conditions)} ${renderTotals(look)} ${legend} ${renderTable(look, query)}
  ${facts}`;
}

/** The form that filters. It works without JavaScript, too. */
export function renderFilter({ sort, filter }: OverviewQuery): Html {
  return html`<form id="filter" method="get" action="./" role="search">
    <label for="filter-text">Filter groups</label>
    <input id="filter-text" name="filter" type="search" value="${filter}" autocomplete="off" spellcheck="false" />
    <input type="hidden" name="sort" value="${sort}" />
    <button type="submit">Filter</button>
  </form>`;
}
