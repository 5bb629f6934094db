/** The landing page: the exporter's state at a glance, and where to go from there. */

export interface LandingState {
  readonly version: string;
  readonly exitsUp: boolean;
  /** Why exit events do not arrive. */
  readonly exitsDownReason: string | undefined;
  readonly delayacctEnabled: boolean;
  readonly processes: number;
  readonly groups: number;
}

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

function renderState(state: LandingState): string {
  const exits = state.exitsUp
    ? "arriving: processes that live between two scrapes are counted"
    : `not arriving: figures are polled ones only. ${state.exitsDownReason ?? ""}`;
  const delays = state.delayacctEnabled
    ? "on"
    : "off: delays other than cpu are not collected. Turn it on: sysctl -w kernel.task_delayacct=1";
  const rows: readonly (readonly [string, string])[] = [
    ["Processes", String(state.processes)],
    ["Groups", String(state.groups)],
    ["Exit events", exits],
    ["Delay accounting", delays],
    ["Version", state.version],
  ];
  return rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join("\n");
}

/** @param state undefined while the exporter is not ready */
export function renderLanding(state: LandingState | undefined, telemetryPath: string): string {
  const path = escapeHtml(telemetryPath);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>taskstats exporter</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
th { text-align: left; padding-right: 1.5rem; vertical-align: top; white-space: nowrap; }
</style>
</head>
<body>
<h1>taskstats exporter</h1>
<p>Where the process groups of this host wait, what they consume, and how their processes end.</p>
<table>
${state === undefined ? "<tr><th>State</th><td>not ready: the baseline has not been taken yet</td></tr>" : renderState(state)}
</table>
<p><a href="${path}">${path}</a> &middot; <a href="/-/healthy">/-/healthy</a> &middot; <a href="/-/ready">/-/ready</a></p>
</body>
</html>
`;
}
