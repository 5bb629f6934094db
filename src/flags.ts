/** The table of flags, and the text of `--help`, which is made from it. */

import { formatSize } from "./base/quantity.ts";
import { sortKeys } from "./live/view.ts";

/** One flag. A new flag is a new row, and a field of `Invocation` in cli.ts. */
export interface FlagRow {
  readonly kind: "text" | "switch" | "duration" | "size" | "choice";
  /** The value where the flag is not given. */
  readonly fallback: string | boolean;
  /** The word that stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
  /** The commands that take the flag; all of them where `only` is left out. */
  readonly only?: readonly Command[];
  /** Whether the flag may be given more than once. */
  readonly repeat?: true;
  /** The letter of the short form: `v` for `-v`. */
  readonly short?: string;
}

export const commands = ["serve", "check-config", "explain", "query", "once", "events", "top"] as const;

export type Command = (typeof commands)[number];

const mebibyte = 2 ** 20;

export const kubernetesModes = ["off", "auto", "on"] as const;

export type KubernetesMode = (typeof kubernetesModes)[number];

export const hardenModes = ["auto", "off"] as const;

export type HardenMode = (typeof hardenModes)[number];

export const logLevels = ["debug", "info", "warn", "error"] as const;
export const logFormats = ["logfmt", "json"] as const;

export type LogLevel = (typeof logLevels)[number];
export type LogFormat = (typeof logFormats)[number];

// prettier-ignore
export const flags = {
  "config.file": { kind: "text", fallback: "", value: "FILE", help: "Rules of process groups, limits and histograms; without it a group per command.", only: ["serve", "once", "explain", "events", "top"] },
  "web.listen-address": { kind: "text", fallback: ":10275", value: "ADDRESS", help: "Address to serve on: host:port, [v6]:port or :port. May be repeated.", only: ["serve"], repeat: true },
  "web.systemd-socket": { kind: "switch", fallback: false, help: "Serve on the sockets that systemd passes (socket activation), not on addresses.", only: ["serve"] },
  "web.telemetry-path": { kind: "text", fallback: "/metrics", value: "PATH", help: "Path of the metrics.", only: ["serve"] },
  "web.config.file": { kind: "text", fallback: "", value: "FILE", help: "TLS and basic authentication, in the form of Prometheus' exporter-toolkit.", only: ["serve"] },
  "web.public-health": { kind: "switch", fallback: false, help: "Answer /-/healthy and /-/ready without a password, whatever --web.config.file says.", only: ["serve"] },
  "web.enable-lifecycle": { kind: "switch", fallback: false, help: "Load the configuration again on POST /-/reload, as on SIGHUP.", only: ["serve"] },
  "web.disable-exporter-metrics": { kind: "switch", fallback: false, help: "Leave process_* and nodejs_* out of the page.", only: ["serve", "once"] },
  "web.max-requests": { kind: "text", fallback: "40", value: "N", help: "Scrapes that are served at a time; others are refused with 503. 0 for any number.", only: ["serve"] },
  "web.zero-first": { kind: "switch", fallback: true, help: "Show a scraper each new series once with 0, so that increase() has its first value.", only: ["serve"] },
  "compat.process-exporter": { kind: "switch", fallback: false, help: "Show process-exporter's metrics (namedprocess_*) too, for its dashboards and alerts.", only: ["serve", "once"] },
  "path.procfs": { kind: "text", fallback: "/proc", value: "DIR", help: "Where the proc file system is mounted." },
  "discovery.interval": { kind: "duration", fallback: "5s", value: "DURATION", help: "How often /proc is searched for new processes.", only: ["serve", "once", "events", "top"] },
  "exits.enabled": { kind: "switch", fallback: true, help: "Listen to exit events.", only: ["serve", "once", "top"] },
  "exits.receive-buffer": { kind: "size", fallback: formatSize(32 * mebibyte), value: "SIZE", help: "Receive buffer for exit events. The kernel doubles it, and an event takes 1,280 bytes.", only: ["serve", "once", "events", "top"] },
  "collector.cgroupstats": { kind: "text", fallback: "", value: "DIR", help: "Count the threads of this control group by state (cgroup v1). The absolute path of its directory. May be repeated.", only: ["serve", "once"], repeat: true },
  "collector.threads": { kind: "switch", fallback: false, help: "Tell CPU time, delays and live threads of each group by the names of its threads too.", only: ["serve", "once"] },
  children: { kind: "switch", fallback: true, help: "A process that no rule matches joins its parent's group.", only: ["serve", "once", "explain", "events", "top"] },
  "kernel-threads": { kind: "switch", fallback: false, help: "Include kernel threads.", only: ["serve", "once", "explain", "events", "top"] },
  "collector.states": { kind: "switch", fallback: true, help: "Show what threads do now: states, and waits that have not ended.", only: ["serve", "once"] },
  "collector.memory": { kind: "switch", fallback: true, help: "Show the memory of live processes.", only: ["serve", "once"] },
  "collector.fds": { kind: "switch", fallback: true, help: "Show the open file descriptors of live processes.", only: ["serve", "once"] },
  kubernetes: { kind: "choice", fallback: "auto", value: kubernetesModes.join("|"), help: "Label series by namespace, pod and container; auto: inside a cluster.", only: ["serve", "once", "events", "top"] },
  "kubernetes.node": { kind: "text", fallback: "", value: "NAME", help: "Name of this node. Default: the environment variable NODE_NAME.", only: ["serve", "once", "events", "top"] },
  "kubernetes.service-account": { kind: "text", fallback: "/var/run/secrets/kubernetes.io/serviceaccount", value: "DIR", help: "Where token and ca.crt for the API server are.", only: ["serve", "once", "events", "top"] },
  harden: { kind: "choice", fallback: "auto", value: hardenModes.join("|"), help: "Give up capabilities that are not needed, and the way to new ones (no_new_privs), before anything is opened.", only: ["serve", "once", "events", "top"] },
  "log.level": { kind: "choice", fallback: "info", value: logLevels.join("|"), help: "The least important messages to log. For events the default is warn, for top error." },
  "log.format": { kind: "choice", fallback: "logfmt", value: logFormats.join("|"), help: "How to write log lines." },
  tgid: { kind: "text", fallback: "", value: "N", help: "Query one process: the sums of its threads.", only: ["query"] },
  pid: { kind: "text", fallback: "", value: "N", help: "Query: one thread, by its id. Explain: one process, or that of a thread.", only: ["query", "explain"] },
  cgroup: { kind: "text", fallback: "", value: "DIR", help: "Query the threads of a control group by state (cgroup v1), by its directory.", only: ["query"] },
  json: { kind: "switch", fallback: false, help: "Print JSON; of events and top an object per line.", only: ["query", "check-config", "explain", "events", "top"] },
  group: { kind: "text", fallback: "", value: "NAME", help: "Show exits of this group only; * stands for any characters. May be repeated.", only: ["events"], repeat: true },
  code: { kind: "text", fallback: "", value: "CODE", help: "Show exits of this kind only: an exit code, a signal such as SIGKILL, or failed for all but exit code 0. May be repeated.", only: ["events"], repeat: true },
  "min-lifetime": { kind: "duration", fallback: "", value: "DURATION", help: "Show only processes that lived for so long at least.", only: ["events"] },
  "max-lifetime": { kind: "duration", fallback: "", value: "DURATION", help: "Show only processes that lived for so long at most.", only: ["events"] },
  exporter: { kind: "text", fallback: "", value: "URL", help: "Show the figures of this exporter: http or https, USER:PASSWORD@ where it asks for them. Without it one at http://127.0.0.1:10275/, and where none answers top collects itself.", only: ["top"] },
  sort: { kind: "choice", fallback: "busy", value: "KEY", help: `What groups are sorted by: ${sortKeys.join(", ")}.`, only: ["top"] },
  once: { kind: "switch", fallback: false, help: "Print the groups once, and exit.", only: ["top"] },
  delay: { kind: "duration", fallback: "5s", value: "DURATION", help: "Once: how long to collect before the page is printed; 0 prints at once. Top: how long between two samples of its own, from 500ms.", only: ["once", "top"] },
  version: { kind: "switch", fallback: false, short: "v", help: "Print the version and exit." },
  help: { kind: "switch", fallback: false, short: "h", help: "Print this help and exit." },
} as const satisfies Record<string, FlagRow>;

export type FlagName = keyof typeof flags;

/** The flag as the help shows it: `--name=VALUE`, or `--[no-]name` for a switch that is on by default. */
function formatFlag(name: string, { kind, fallback, value, short }: FlagRow): string {
  const long =
    kind === "switch" ? (fallback === true ? `--[no-]${name}` : `--${name}`) : `--${name}=${value ?? "VALUE"}`;
  return short === undefined ? long : `-${short}, ${long}`;
}

/** The lines of the help's usage: what to type, and what it does. */
const usage: readonly (readonly [string, string])[] = [
  ["[flags]", "serve"],
  ["check-config FILE [--json]", "say what is wrong with a configuration, or what it does"],
  ["explain [--pid=N] [flags]", "say which rule each process matches, or why one matches it"],
  [
    "query --tgid=N | --pid=N | --cgroup=DIR [--json]",
    "print one kernel reply: a process's sums, one thread, or a control group",
  ],
  ["once [--delay=5s] [flags]", "collect, print the page, exit"],
  ["top [--sort=KEY] [--once] [--json] [flags]", "show the groups that run and wait most, as they change"],
  ["events [--json] [flags]", "show each process that exits, one per line, as it comes; threads are not shown"],
];

/** The text of `--help`. @param program the words that start this program, as the usage shows them */
export function formatHelp(program: string): string {
  const rows = Object.entries(flags as Record<string, FlagRow>).map(([name, row]) => {
    const { kind, fallback, help, only } = row;
    const shown = kind === "switch" || fallback === "" ? "" : ` Default: ${String(fallback)}.`;
    const commandOnly = only !== undefined && !only.includes("serve") ? ` (${only.join(", ")})` : "";
    return `  ${formatFlag(name, row)}${commandOnly}\n      ${help}${shown}`;
  });
  const width = Math.max(...usage.map(([words]) => words.length));
  return `taskstats-exporter: Linux taskstats for Prometheus

Usage:
${usage.map(([words, does]) => `  ${program} ${words.padEnd(width)}  ${does}`).join("\n")}

Flags:
${rows.join("\n")}
`;
}
