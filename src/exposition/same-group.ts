/** Compares what two groups show. It is asked for each group of each page, so that known figures have their own comparison. Pure. */

import type { Account } from "../account/account.ts";
import { isSameHistogram } from "../account/histogram.ts";
import { slotOf } from "../fields/fields.ts";
import { largestMetrics } from "../fields/group-metrics.ts";
import { memoryKindNames, threadStateNames } from "../fields/state-metrics.ts";
import { isSame, isSameNumbers } from "./figures.ts";
import type { GroupFigures, StateFigures } from "./page.ts";

/** Figures that are compared here, and those that no page shows: `shown` has what a page shows of the exact sums. */
type KnownOfAccount =
  | "starts"
  | "threadExits"
  | "throttledNs"
  | "plan"
  | "raised"
  // They stay while `raised` stays.
  | "shown"
  | "cpuTime"
  | "largest"
  | "exits"
  | "histograms"
  | "threadNames"
  | "exact"
  | "missingRunTime"
  | "processes"
  // For people, who see them elsewhere.
  | "recentExits"
  | "sampled";
type KnownOfGroup =
  | "labels"
  | "account"
  | "sums"
  | "processes"
  | "threads"
  | "oldestStart"
  | "now"
  | "threadNames"
  // It belongs to the account.
  | "created";

/** Does not compile where a figure was added that is compared by nobody: to look for such figures at run time took a seventh of a page. */
type None<Unknown extends never> = Unknown;
export type UnknownOfAccount = None<Exclude<keyof Account, KnownOfAccount>>;
export type UnknownOfGroup = None<Exclude<keyof GroupFigures, KnownOfGroup>>;

function isSameExits(one: Account["exits"], other: Account["exits"]): boolean {
  if (one.size !== other.size) return false;
  for (const [status, count] of one) if (other.get(status) !== count) return false;
  return true;
}

/** The slots of maxima that a page shows. */
const largestSlots = largestMetrics.flatMap(({ series }) => series.map(({ field }) => slotOf(field)));

function isSameLargest({ largest: one }: Account, { largest: other }: Account): boolean {
  for (const slot of largestSlots) if (one[slot] !== other[slot]) return false;
  return true;
}

function isSameHistograms(one: Account["histograms"], other: Account["histograms"]): boolean {
  return one.length === other.length && one.every((histogram, index) => isSameHistogram(histogram, other[index]));
}

function isSameAccount(one: Account, other: Account): boolean {
  return (
    one.starts === other.starts &&
    one.threadExits === other.threadExits &&
    one.throttledNs === other.throttledNs &&
    one.plan === other.plan &&
    one.raised === other.raised &&
    isSameLargest(one, other) &&
    isSameExits(one.exits, other.exits) &&
    isSameHistograms(one.histograms, other.histograms) &&
    isSame(one.threadNames, other.threadNames)
  );
}

/** The sums are most often those of the account, which have been compared. */
function isSameSums(one: GroupFigures, other: GroupFigures): boolean {
  const areShown = one.sums === one.account.shown && other.sums === other.account.shown;
  return areShown || isSameNumbers(one.sums, other.sums);
}

/** Each of the names has the same number in both, or both have none of them. */
function isSameByName<Name extends string>(
  one: Readonly<Record<Name, number>> | undefined,
  other: Readonly<Record<Name, number>> | undefined,
  names: readonly Name[],
): boolean {
  if (one === undefined || other === undefined) return one === other;
  return names.every((name) => one[name] === other[name]);
}

function isSameState(one: StateFigures | undefined, other: StateFigures | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.uninterruptibleSeconds === other.uninterruptibleSeconds &&
    one.openFds === other.openFds &&
    one.worstFdRatio === other.worstFdRatio &&
    isSameByName(one.threads, other.threads, threadStateNames) &&
    isSameByName(one.leaders, other.leaders, threadStateNames) &&
    isSameByName(one.memory, other.memory, memoryKindNames)
  );
}

/** Whether both have the same labels and show the same figures. */
export function isSameGroup(one: GroupFigures, other: GroupFigures): boolean {
  return (
    one.labels === other.labels &&
    one.processes === other.processes &&
    one.threads === other.threads &&
    one.oldestStart === other.oldestStart &&
    isSameAccount(one.account, other.account) &&
    isSameSums(one, other) &&
    isSameState(one.now, other.now) &&
    isSame(one.threadNames, other.threadNames)
  );
}
