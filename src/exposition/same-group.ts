/** Compares what two groups show. It is asked for each group of each page, so that known figures have their own comparison. Pure. */

import type { Account } from "../account/account.ts";
import type { Histogram } from "../account/histogram.ts";
import { memoryKindNames, threadStateNames } from "../fields/state-metrics.ts";
import { isSame, isSameNumbers } from "./figures.ts";
import type { GroupFigures, StateFigures } from "./page.ts";

function isSameExits(one: Account["exits"], other: Account["exits"]): boolean {
  if (one.size !== other.size) return false;
  for (const [status, count] of one) if (other.get(status) !== count) return false;
  return true;
}

/** While its count stays, a histogram stays. */
function isSameHistograms(one: Account["histograms"], other: Account["histograms"]): boolean {
  const isSameHistogram = (a: Histogram | undefined, b: Histogram | undefined): boolean =>
    a?.count === b?.count && a?.bounds === b?.bounds;
  return one.length === other.length && one.every((histogram, index) => isSameHistogram(histogram, other[index]));
}

function isSameAccount(one: Account, other: Account): boolean {
  return (
    one.starts === other.starts &&
    one.threadExits === other.threadExits &&
    one.throttledNs === other.throttledNs &&
    one.plan === other.plan &&
    isSameNumbers(one.shown, other.shown) &&
    isSameNumbers(one.largest, other.largest) &&
    isSameExits(one.exits, other.exits) &&
    isSameHistograms(one.histograms, other.histograms) &&
    isSameBesides(one, other, accountFigures)
  );
}

/** The sums are most often those of the account, which have been compared. */
function isSameSums(one: GroupFigures, other: GroupFigures): boolean {
  const areShown = one.sums === one.account.shown && other.sums === other.account.shown;
  return areShown || isSameNumbers(one.sums, other.sums);
}

/** Figures that `isSameAccount` compares, and those that no page shows: `shown` has what a page shows of the exact sums. */
const accountFigures: ReadonlySet<string> = new Set<keyof Account>([
  ...(["starts", "threadExits", "throttledNs", "plan", "shown", "largest", "exits", "histograms"] as const),
  ...(["exact", "missingRunTime", "processes"] as const),
]);

/** Figures that `isSameGroup` compares. `created` belongs to the account. */
const groupFigures: ReadonlySet<string> = new Set<keyof GroupFigures>([
  ...(["labels", "account", "sums", "created", "processes", "threads", "oldestStart", "now"] as const),
]);

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

/** Whether the other figures of `one` are the same. */
function isSameBesides<T extends object>(one: T, other: T, known: ReadonlySet<string>): boolean {
  for (const key in one) if (!known.has(key) && !isSame(one[key], other[key])) return false;
  return true;
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
    // A figure may be on one page and not on the other.
    isSameBesides(one, other, groupFigures) &&
    isSameBesides(other, one, groupFigures)
  );
}
