/** What people are shown of all groups at one moment, as data: the page, `top` and its JSON are made of it. Pure. */

import { delayKinds, type DelayKind } from "../fields/fields.ts";
import type { GroupFigures } from "../exposition/page.ts";
import { rateOf, type Rates } from "./rates.ts";
import type { Condition } from "./status.ts";

/** One group between the last two samples. Ended processes are included. */
export interface GroupView {
  readonly labels: Readonly<Record<string, string>>;
  readonly processes: number;
  readonly threads: number;
  /** CPUs in use, on average. */
  readonly run: number;
  /** How many threads waited so at a time, on average; a kind without a wait is left out. */
  readonly waits: Readonly<Partial<Record<DelayKind, number>>>;
  /** Exits of processes per second. */
  readonly exits: number;
  /** Those of them that were no success: by a code other than 0, or by a signal. */
  readonly failed: number;
}

export interface LiveView {
  readonly version: string;
  readonly hostname: string;
  readonly cpus: number;
  /** When the groups were sampled last, in seconds since 1970. */
  readonly sampledAt: number;
  /** Seconds between the last two samples; undefined where there was one only, so that all rates are 0. */
  readonly span: number | undefined;
  /** The privileges of the exporter in one line; undefined where /proc does not show them. */
  readonly privileges: string | undefined;
  readonly conditions: readonly Condition[];
  readonly groups: readonly GroupView[];
}

export function viewGroup({ labels, processes, threads }: GroupFigures, rates: Rates): GroupView {
  const waits = delayKinds.map((kind) => [kind, rateOf(rates, kind)] as const).filter(([, tasks]) => tasks > 0);
  return {
    labels,
    processes,
    threads,
    run: rateOf(rates, "run"),
    waits: Object.fromEntries(waits),
    exits: rateOf(rates, "exits"),
    failed: rateOf(rates, "failed"),
  };
}

/** By what groups can be sorted: by all that they do, by one activity, or by their exits. */
export const sortKeys = ["busy", "run", ...delayKinds, "exits", "failed", "name"] as const;

export type SortKey = (typeof sortKeys)[number];

const isWait = (key: SortKey): key is DelayKind => (delayKinds as readonly string[]).includes(key);

/** How many threads of the group run or wait at a time. */
export const busyOf = ({ run, waits }: GroupView): number =>
  Object.values(waits).reduce((sum, tasks) => sum + tasks, run);

/** How many threads run or wait at a time in the busiest group. At least 0.01, so that bars on a host that sleeps are short. */
export const busiestOf = (groups: readonly GroupView[]): number => Math.max(0.01, ...groups.map(busyOf));

/** The figure of a key; 0 for `name`. */
export function figureOf(group: GroupView, key: SortKey): number {
  if (key === "busy") return busyOf(group);
  if (key === "name") return 0;
  return isWait(key) ? (group.waits[key] ?? 0) : group[key];
}

/** A group's labels for people: the value of `groupname`, followed by the other labels, as in `web team=a`. */
export function formatLabels({ groupname = "", ...others }: GroupView["labels"]): string {
  return [groupname, ...Object.entries(others).map(([name, value]) => `${name}=${value}`)].join(" ");
}

/** The name of a group. */
export const nameOf = ({ labels }: Pick<GroupView, "labels">): string => formatLabels(labels);

/** The highest figure first; where figures are equal, the busier group and then by name. @returns a new array */
export function sortGroups<T extends GroupView>(groups: readonly T[], key: SortKey): T[] {
  const names = new Map(groups.map((group) => [group, nameOf(group)]));
  const byName = (one: T, other: T): number => (names.get(one) as string).localeCompare(names.get(other) as string);
  return [...groups].sort(
    (one, other) =>
      figureOf(other, key) - figureOf(one, key) ||
      (key === "name" ? 0 : busyOf(other) - busyOf(one)) ||
      byName(one, other),
  );
}

/** True where a part of the group's name is the text, in whatever case. */
export function isNamed(group: Pick<GroupView, "labels">, text: string): boolean {
  return nameOf(group).toLowerCase().includes(text.toLowerCase());
}

/** All groups as one: what the machine does. */
export function sumGroups(groups: readonly GroupView[]): GroupView {
  const sum = (key: SortKey): number => groups.reduce((total, group) => total + figureOf(group, key), 0);
  const count = (key: "processes" | "threads"): number => groups.reduce((total, group) => total + group[key], 0);
  const waits = delayKinds.map((kind) => [kind, sum(kind)] as const).filter(([, tasks]) => tasks > 0);
  return {
    labels: {},
    processes: count("processes"),
    threads: count("threads"),
    run: sum("run"),
    waits: Object.fromEntries(waits),
    exits: sum("exits"),
    failed: sum("failed"),
  };
}
