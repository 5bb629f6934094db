/** A group's own page: its plots by kind, how its processes exited, and which processes it has, and why. */

import { activities, activityLooks } from "../../fields/activities.ts";
import { parseExitStatus } from "../../fields/exit-status.ts";
import { formatRate } from "../../live/format-rate.ts";
import type { GroupDetails, Look } from "../../live/live.ts";
import { busiestOf, busyOf, figureOf, type GroupView } from "../../live/view.ts";
import type { ProcessExit } from "../../account/recent-exits.ts";
import { formatBytes, formatSeconds } from "../../terminal/units.ts";
import { describeActivities, renderBar } from "./activity-bar.ts";
import { renderConditions } from "./conditions.ts";
import { html, type Html, type Part } from "./html.ts";
import { renderFigure } from "./plot.ts";

/** A column of a plot is 10 s wide. */
const columns = 90;

/** So many processes are listed. */
const membersShown = 200;

function renderFigures(look: Look, group: GroupView): Html {
  const plot = look.plotOf(group, columns);
  const happened = activities.filter((kind) => plot.has(kind));
  const all = renderFigure(plot, {
    ...{ title: "Threads that run or wait", kinds: activities, columns, words: "All activities", now: busyOf(group) },
  });
  const single = happened.map((kind) => {
    const title = `A thread ${activityLooks[kind].words}`;
    return renderFigure(plot, { title, kinds: [kind], columns, words: title, now: figureOf(group, kind) });
  });
  const exits = renderFigure(plot, {
    ...{ title: "Exits per second", kinds: ["exits"], columns, words: "Exits", now: group.exits },
  });
  const failed = renderFigure(plot, {
    ...{ title: "Failed exits per second", kinds: ["failed"], columns, words: "Failed exits", now: group.failed },
  });
  const ends = [plot.has("exits") && exits, plot.has("failed") && failed];
  if (plot.size === 0) return html`<p>Nothing has happened in this group in the last 15 minutes.</p>`;
  return html`<div class="figures">${all}${happened.length > 1 && single}${ends}</div>`;
}

interface Table {
  readonly caption: string;
  /** By which a refresh finds it again. */
  readonly id: string;
  readonly heads: readonly string[];
  /** Of these columns the values are numbers. */
  readonly numbers: readonly number[];
  readonly rows: readonly (readonly Part[])[];
}

function renderTable({ id, caption, heads, numbers, rows }: Table): Html {
  const kind = (column: number): Part => numbers.includes(column) && html` class="number"`;
  const renderCells = (cells: readonly Part[]): Html[] =>
    cells.map((cell, column) => html`<td${kind(column)}>${cell}</td>`);
  return html`<div id="${id}" class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head, column) => html`<th scope="col" ${kind(column)}>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${renderCells(row)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `;
}

/** How a process exited: red unless it was a success. */
function renderStatus(status: number): Html {
  const { reason, code } = parseExitStatus(status);
  const words = reason === "exited" ? `exited ${code}` : reason === "dumped" ? `${code}, core dumped` : code;
  return status === 0 ? html`${words}` : html`<b class="failed">${words}</b>`;
}

function renderCodes({ exits }: GroupDetails): Html {
  const counted = [...exits].filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one);
  if (counted.length === 0) return html`<p>No process of this group has exited since the exporter started.</p>`;
  return renderTable({
    id: "codes",
    caption: "How its processes exited, since the exporter started",
    heads: ["Exit", "Processes"],
    numbers: [1],
    rows: counted.map(([status, count]) => [renderStatus(status), count]),
  });
}

/** The time of day on the exporter's machine. */
function renderTime(atSeconds: number): Html {
  const date = new Date(atSeconds * 1000);
  return html`<time datetime="${date.toISOString()}">${date.toTimeString().slice(0, 8)}</time>`;
}

function formatWait({ longestWait }: ProcessExit): Part {
  if (longestWait === undefined) return "none";
  const { kind, ns } = longestWait;
  return `${kind} ${formatSeconds(ns / 1e9)}`;
}

function renderExits({ recentExits }: GroupDetails): Html {
  if (recentExits.length === 0) return html`<p>There were none.</p>`;
  return renderTable({
    id: "exits",
    caption: `Its last ${recentExits.length} exits, the newest first`,
    heads: ["Time", "Process", "Parent", "Command", "Exit", "Lived", "CPU time", "Longest wait", "Most memory"],
    numbers: [1, 2, 5, 6, 7, 8],
    rows: recentExits.map((exit) => [
      renderTime(exit.atSeconds),
      exit.tgid,
      exit.ppid,
      exit.comm,
      renderStatus(exit.status),
      formatSeconds(exit.lifetimeUs / 1e6),
      formatSeconds(exit.runNs / 1e9),
      formatWait(exit),
      formatBytes(exit.maxRssKib * 1024),
    ]),
  });
}

function renderMembers({ members }: GroupDetails): Html {
  if (members.length === 0) return html`<p>No process of this group lives now.</p>`;
  const more = members.length - membersShown;
  const table = renderTable({
    id: "processes",
    caption: `Its ${members.length} processes, and why they are in this group`,
    heads: ["Process", "Command", "Why"],
    numbers: [0],
    rows: members.slice(0, membersShown).map(({ tgid, comm, reason }) => [tgid, comm, reason]),
  });
  return html`${table}${more > 0 && html`<p>and ${more} more</p>`}`;
}

export function renderGroup(look: Look, group: GroupView): Html {
  const details = look.detailsOf(group);
  const { processes, threads } = group;
  const bad = look.view.conditions.filter(({ level }) => level !== "good");
  return html`${bad.length > 0 && renderConditions(bad)}
    <p class="totals">
      ${processes} processes with ${threads} threads. Now: ${describeActivities(group)};
      <b>${formatRate(group.exits)}</b> processes exit per second, of which
      <b class="${group.failed > 0 ? "failed" : ""}">${formatRate(group.failed)}</b> fail.
    </p>
    ${renderBar(group, busiestOf(look.view.groups))}
    <p class="axis"><span>a full bar is what the busiest group does</span></p>
    ${renderCodes(details)}
    <h2>The last 15 minutes</h2>
    ${renderFigures(look, group)}
    <h2>The last exits</h2>
    ${renderExits(details)}
    <h2>Processes</h2>
    ${renderMembers(details)}`;
}
