/** The figures of one page. The exposition reads nothing else. */

import { copyAccount, type Account } from "../account/account.ts";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import type { Histogram } from "../account/histogram.ts";
import type { exporterMetrics } from "../fields/exporter-metrics.ts";
import type { MemoryKind, ThreadState } from "../fields/state-metrics.ts";

/** One group's figures. Sums and account are views, valid until the next event; `copyPage` makes them last. */
export interface GroupFigures {
  readonly labels: Readonly<Record<string, string>>;
  readonly account: Account;
  /** When the counters of the account were 0, in seconds since 1970; undefined where that is not known. */
  readonly created?: number;
  /** Sums in kernel units, one per field slot, never less than before. */
  readonly sums: Float64Array;
  readonly processes: number;
  readonly threads: number;
  /** Start of the oldest live process in seconds since 1970; undefined where none lives. */
  readonly oldestStart: number | undefined;
  /** What its live processes are and have now. */
  readonly now?: StateFigures | undefined;
  /** Figures by the names of the group's threads, in the order of their appearance; left out where they are not collected. */
  readonly threadNames?: ReadonlyMap<string, ThreadNameFigures> | undefined;
}

/** What the live processes of a group are and have now. A figure that is not collected, or not known, is undefined. */
export interface StateFigures {
  /** Threads by state, those of zombies included. */
  readonly threads?: Readonly<Record<ThreadState, number>>;
  /** Of these threads, the leaders of processes with several threads. */
  readonly leaders?: Readonly<Record<ThreadState, number>>;
  /** How long its longest wait in state D has lasted at least, in seconds. */
  readonly uninterruptibleSeconds?: number;
  /** Bytes. */
  readonly memory?: Readonly<Record<MemoryKind, number>>;
  readonly openFds?: number;
  /** Open descriptors by soft limit, of the process closest to its limit. */
  readonly worstFdRatio?: number;
}

/** The figures of a group's threads of one name, those that have exited included. */
export interface ThreadNameFigures {
  /** The same object on each page. */
  readonly labels: { readonly threadname: string };
  /** Live threads. */
  readonly threads: number;
  /** Sums in kernel units, one per field slot, never less than before. They add up to the sums of the group. */
  readonly sums: Float64Array;
}

/** One value of a metric of the exporter's own. */
export interface LabelledValue {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The figures of the exporter's own metrics. A metric that is absent here has no series. */
export type ExporterFigures = Partial<Record<keyof typeof exporterMetrics, readonly LabelledValue[] | Histogram>>;

export interface Page {
  readonly groups: readonly GroupFigures[];
  /** The series of the groups' histograms. */
  readonly histograms: HistogramPlan;
  /** Whether this kernel fills the field of the slot. A field that it does not fill has no series. */
  readonly has: (slot: number) => boolean;
  /** Whether exit events arrive. Without them exits are unknown, so that they are absent instead of 0. */
  readonly exitsUp: boolean;
  readonly exporter: ExporterFigures;
  /** The tasks of control groups by state; absent where no control group is asked about. */
  readonly cgroups?: readonly LabelledValue[];
  /** When the exporter's own counters were 0, in seconds since 1970. */
  readonly started?: number;
}

/** What a page shows first of a new group: its figures, or 0 in their place. */
export type FirstShown = "figures" | "zero";

/** A copy whose groups' figures stay what they are when the next event is billed. */
export function copyPage(page: Page): Page {
  return { ...page, groups: page.groups.map(copyGroup) };
}

/** @param group its labels are the same object in the copy: what was written for them is kept by it */
export function copyGroup(group: GroupFigures): GroupFigures {
  const account = copyAccount(group.account);
  const sums = group.sums === group.account.shown ? account.shown : group.sums.slice();
  const { threadNames } = group;
  if (threadNames === undefined) return { ...group, account, sums };
  const sumsOf = (name: string, former: Float64Array): Float64Array =>
    account.threadNames?.byName.get(name)?.sums ?? former.slice();
  return { ...group, account, sums, threadNames: mapThreadSums(threadNames, sumsOf) };
}

/** The figures of each name with other sums. */
export function mapThreadSums(
  figures: ReadonlyMap<string, ThreadNameFigures>,
  sumsOf: (name: string, sums: Float64Array) => Float64Array,
): ReadonlyMap<string, ThreadNameFigures> {
  return new Map([...figures].map(([name, one]) => [name, { ...one, sums: sumsOf(name, one.sums) }]));
}
