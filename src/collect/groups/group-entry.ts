/**
 * What the registry keeps of a group besides its figures: signs of life, what pages showed, whether it may be evicted.
 * Pure.
 */

import type { Account } from "../../account/account.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import type { FirstShown } from "../../exposition/page.ts";
import type { Container } from "./containers.ts";

export interface GroupEntry {
  /**
   * The object that processes hold. Its labels change when its container gets a name, and its account when the group is
   * merged into another one.
   */
  readonly group: { labels: GroupLabels; readonly ruleLabels: GroupLabels; account: Account };
  /** The container whose name is still to come; undefined where the group waits for none. */
  awaits: Container | undefined;
  /** False from when the group left the page until a process comes back to it. */
  shown: boolean;
  /** When the group left the page. */
  leftAtUs: number;
  /** Thread exits when they were compared last: a change is a sign of life. */
  exits: number;
  /** When the last sign of life was noted; undefined before the first expiry. */
  aliveAtUs: number | undefined;
  /**
   * A number that rises with each sign of life of any group: the lowest one belongs to the group that has been idle
   * longest.
   */
  lastUse: number;
  /** True where the group has been on a page for scrapers. */
  listed: boolean;
  /** True where a page for scrapers has shown the group's figures, and not 0 in their place. */
  figuresShown: boolean;
  /** Starts on the last page. */
  pageStarts: number;
  /** Thread exits on the last page. */
  pageExits: number;
  /** True where the group gave way to another one at the limit. */
  evicted: boolean;
}

export function createGroupEntry(group: GroupEntry["group"], awaits: Container | undefined): GroupEntry {
  return {
    group,
    awaits,
    shown: true,
    leftAtUs: Infinity,
    exits: 0,
    aliveAtUs: undefined,
    lastUse: 0,
    listed: false,
    figuresShown: false,
    pageStarts: 0,
    pageExits: 0,
    evicted: false,
  };
}

/** True for a group that is on no page yet, since the name of its container is expected in a moment. */
export const isHeldBack = ({ awaits }: GroupEntry): boolean => awaits !== undefined && awaits.interim === undefined;

/** True where something has been billed since the last page. */
function hasNews({ group: { account }, pageStarts, pageExits }: GroupEntry): boolean {
  const { exact, shown, starts, threadExits } = account;
  return (
    starts !== pageStarts || threadExits !== pageExits || exact.some((value, slot) => value > (shown[slot] as number))
  );
}

/** Notes what a page for scrapers is about to show of the group. Call it before `showSums`. */
export function notePage(entry: GroupEntry, first: FirstShown): void {
  const { starts, threadExits }: Account = entry.group.account;
  entry.figuresShown ||= entry.listed || first === "figures";
  entry.listed = true;
  entry.pageStarts = starts;
  entry.pageExits = threadExits;
}

/**
 * True where a group may give way to another one. It must have no process. Its figures must be either on no page, so that
 * they can move to the group `other`, or all on the last page, so that they can be dropped.
 */
export function mayGiveWay(entry: GroupEntry): boolean {
  if (entry.group.account.processes > 0 || entry.awaits !== undefined) return false;
  return !entry.figuresShown || !hasNews(entry);
}
