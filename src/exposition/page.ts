/** The figures of one page. The exposition reads nothing else. */

import type { Account } from "../account/account.ts";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import { copyHistogram, isSameHistogram, type Histogram } from "../account/histogram.ts";
import { copyThreadNames } from "../account/thread-names.ts";
import type { exporterMetrics } from "../fields/exporter-metrics.ts";
import type { MemoryKind, ThreadState } from "../fields/state-metrics.ts";
import { isSame, isSameNumbers } from "./figures.ts";

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
  return { ...page, groups: page.groups.map((group) => copyGroup(group)) };
}

function copyHistogramAfter(histogram: Histogram | undefined, former: Histogram | undefined): Histogram | undefined {
  return isSameHistogram(histogram, former) ? former : histogram && copyHistogram(histogram);
}

/**
 * Copies what a page shows of an account, not the exact sums. What the former copy has the same is shared with it: a page on which a tenth
 * of 900 groups changed took a ninth less CPU so.
 */
function copyShown(account: Account, former: Account | undefined): Account {
  const { shown, cpuTime, largest, exits, histograms, plan, threadNames } = account;
  const formerHistograms = former?.plan === plan ? former.histograms : [];
  const formerShown = former?.raised === account.raised ? former : undefined;
  return {
    ...account,
    shown: formerShown?.shown ?? shown.slice(),
    cpuTime: formerShown?.cpuTime ?? { ...cpuTime },
    largest: former !== undefined && isSameNumbers(largest, former.largest) ? former.largest : largest.slice(),
    exits: former !== undefined && isSame(exits, former.exits) ? former.exits : new Map(exits),
    histograms: histograms.map((histogram, index) => copyHistogramAfter(histogram, formerHistograms[index])),
    threadNames: threadNames && copyThreadNames(threadNames),
  };
}

/**
 * @param group its labels are the same object in the copy: what was written for them is kept by it
 * @param former an earlier copy of the same group
 */
export function copyGroup(group: GroupFigures, former?: GroupFigures): GroupFigures {
  const account = copyShown(group.account, former?.account);
  const sums = group.sums === group.account.shown ? account.shown : group.sums.slice();
  const { threadNames } = group;
  if (threadNames === undefined) return { ...group, account, sums };
  const sumsOf = (name: string, sumsOfName: Float64Array): Float64Array =>
    account.threadNames?.byName.get(name)?.sums ?? sumsOfName.slice();
  return { ...group, account, sums, threadNames: mapThreadSums(threadNames, sumsOf) };
}

/** The figures of each name with other sums. */
export function mapThreadSums(
  figures: ReadonlyMap<string, ThreadNameFigures>,
  sumsOf: (name: string, sums: Float64Array) => Float64Array,
): ReadonlyMap<string, ThreadNameFigures> {
  return new Map([...figures].map(([name, one]) => [name, { ...one, sums: sumsOf(name, one.sums) }]));
}
