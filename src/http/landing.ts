/** Renders the landing page: the exporter's state, its groups, and links to the other pages. */

import { errorTable } from "../base/errors.ts";
import type { Activity } from "../exposition/rate-sampler.ts";

export interface LandingState {
  readonly version: string;
  readonly exitsUp: boolean;
  /** Why exit events do not arrive; undefined where they do. */
  readonly exitsDownReason: string | undefined;
  readonly delayacctEnabled: boolean;
  /** Why processes of other users are not shown; undefined where they are shown. */
  readonly hiddenReason: string | undefined;
  /** How many programs exited before the exec watcher could read them, because a capability is missing; undefined where none is. */
  readonly execsMissed: number | undefined;
  /** On a kernel that reports false block I/O waits: the command that stops this, and how many were refused. */
  readonly falseWaits: { readonly cure: string; readonly refused: number } | undefined;
  /** Whether the names of pods are up to date, and how many pods there are; undefined where pods are not watched. */
  readonly pods: { readonly current: boolean; readonly count: number } | undefined;
  /** The privileges of this process in one line; undefined where /proc does not show them. */
  readonly privileges: string | undefined;
  readonly processes: number;
  readonly groups: number;
  /** Series of the last page; 0 before the first scrape. */
  readonly series: number;
  /** Seconds since the page was last opened. */
  readonly seconds: number;
  /** The rates of each group since then, the busiest group first. */
  readonly activities: readonly LandingActivity[];
}

/** A group's activity with its processes. */
export interface LandingActivity extends Activity {
  readonly members: readonly { readonly tgid: number; readonly comm: string; readonly reason: string }[];
}

/** How many processes of a group are listed. */
const membersShown = 20;

/** How many kinds of wait are shown for a group. */
const waitsShown = 3;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function renderPods(pods: LandingState["pods"]): readonly (readonly [string, string])[] {
  if (pods === undefined) return [];
  const behind = "not current: new containers are shown by their ids until the API server answers; the log says why";
  return [["Names of pods", `${pods.count}, ${pods.current ? "current" : behind}`]];
}

function renderMissed(missed: number | undefined): readonly (readonly [string, string])[] {
  if (missed === undefined || missed === 0) return [];
  const { remedy } = errorTable.EXECS_MISSED;
  return [
    ["Short programs", `${missed} ended before they could be read, and are in the group unidentified: ${remedy}`],
  ];
}

function renderFalseWaits(falseWaits: LandingState["falseWaits"]): readonly (readonly [string, string])[] {
  if (falseWaits === undefined) return [];
  const { cure, refused } = falseWaits;
  return [
    ["Block I/O waits", `this kernel tells of false ones under load; ${refused} were refused. To end them: ${cure}`],
  ];
}

function renderState(state: LandingState): string {
  const exits = state.exitsUp
    ? "arriving: processes that live between two scrapes are counted"
    : `not arriving: figures are polled ones only. ${state.exitsDownReason ?? ""}`;
  const delays = state.delayacctEnabled
    ? "on"
    : "off: delays other than cpu are not collected. Turn it on: sysctl -w kernel.task_delayacct=1";
  const rows: readonly (readonly [string, string])[] = [
    [
      "Processes",
      state.hiddenReason === undefined ? String(state.processes) : `${state.processes}. ${state.hiddenReason}`,
    ],
    ["Groups", String(state.groups)],
    ["Series", state.series === 0 ? "not scraped yet" : `${state.series} on the last page`],
    ["Exit events", exits],
    ["Delay accounting", delays],
    ...renderMissed(state.execsMissed),
    ...renderFalseWaits(state.falseWaits),
    ...renderPods(state.pods),
    ...(state.privileges === undefined ? [] : [["Privileges", state.privileges] as const]),
    ["Version", state.version],
  ];
  return rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join("\n");
}

/** Rates below 0.01 keep two significant digits, so that a rare event is not shown as 0.00. */
function formatRate(value: number): string {
  return value >= 0.01 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

function renderMembers(members: LandingActivity["members"]): string {
  const rows = members
    .slice(0, membersShown)
    .map(({ tgid, comm, reason }) => `<li>${tgid} ${escapeHtml(comm)}: ${escapeHtml(reason)}</li>`);
  const more = members.length > membersShown ? `<li>and ${members.length - membersShown} more</li>` : "";
  return members.length === 0
    ? "0"
    : `<details><summary>${members.length}</summary><ul>${rows.join("")}${more}</ul></details>`;
}

function renderActivity({ group, cpus, waits, endsPerSecond, members }: LandingActivity): string {
  const { groupname = "", ...labels } = group.labels;
  const others = Object.entries(labels).map(([name, value]) => ` <small>${name}=${escapeHtml(value)}</small>`);
  const waiting = waits.slice(0, waitsShown).map(({ kind, tasks }) => `${kind} ${formatRate(tasks)}`);
  const cells = [formatRate(cpus), waiting.join(", "), formatRate(endsPerSecond)].map((text) => `<td>${text}</td>`);
  return `<tr><th>${escapeHtml(groupname)}${others.join("")}</th><td>${renderMembers(members)}</td>${cells.join("")}</tr>`;
}

function renderActivities({ seconds, activities }: LandingState): string {
  return `<h2>Groups</h2>
<p>Since the last look ${seconds.toFixed(0)} s ago; how many tasks ran or waited at a time, on average.</p>
<table class="groups">
<tr><th>Group</th><th>Processes</th><th>Runs on CPUs</th><th>Waits for</th><th>Ends per second</th></tr>
${activities.map(renderActivity).join("\n")}
</table>`;
}

/** A relative link, which also works behind a proxy that puts a prefix before all paths. */
function renderLink(path: string): string {
  return `<a href=".${escapeHtml(path)}">${escapeHtml(path)}</a>`;
}

/** The page as HTML. @param state undefined while the exporter is not ready */
export function renderLanding(state: LandingState | undefined, telemetryPath: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>taskstats exporter</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
th { text-align: left; padding-right: 1.5rem; vertical-align: top; font-weight: 600; }
td { padding-right: 1.5rem; vertical-align: top; }
.groups { border-collapse: collapse; width: 100%; }
.groups tr { border-top: 1px solid #ddd; }
.groups th { overflow-wrap: anywhere; }
small { color: #666; }
ul { margin: 0; padding-left: 1.2rem; }
</style>
</head>
<body>
<h1>taskstats exporter</h1>
<p>Where the process groups of this host wait, what they consume, and how their processes end.</p>
<table>
${state === undefined ? "<tr><th>State</th><td>not ready: the baseline has not been taken yet</td></tr>" : renderState(state)}
</table>
<p>${[telemetryPath, "/-/healthy", "/-/ready"].map(renderLink).join(" &middot; ")}</p>
${state === undefined ? "" : renderActivities(state)}
</body>
</html>
`;
}
