/** What is kept of a group besides its figures: when it was alive, what pages have shown of it, and whether it may give way. Pure. */

import type { Account } from "../../account/account.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import type { FirstShown } from "../../exposition/page.ts";
import type { Container } from "./containers.ts";

export interface GroupEntry {
  /** What others hold of the group; its labels change when its container gets a name, its account when it goes up in another. */
  readonly group: { labels: GroupLabels; readonly ruleLabels: GroupLabels; account: Account };
  /** The container on whose name it waits. */
  awaits: Container | undefined;
  shown: boolean;
  /** When it left the page. */
  leftAtUs: number;
  /** Threads that had ended when it was last looked at: a change is a sign of life. */
  exits: number;
  aliveAtUs: number | undefined;
  /** Rises with each sign of life of any group: the lowest has been without processes for longest. */
  lastUse: number;
  /** It has been on a page for scrapers. */
  listed: boolean;
  /** A page for scrapers has shown its figures, and not 0 in their place. */
  told: boolean;
  /** Starts and thread ends on the last page. */
  pageStarts: number;
  pageEnds: number;
  /** It gave way to another group. */
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
    told: false,
    pageStarts: 0,
    pageEnds: 0,
    evicted: false,
  };
}

/** A held back group waits for the name of its container, which will come in a moment. */
export const isHeldBack = ({ awaits }: GroupEntry): boolean => awaits !== undefined && awaits.interim === undefined;

/** True where the last page lacks something that has been billed since. */
function hasNews({ group: { account }, pageStarts, pageEnds }: GroupEntry): boolean {
  const { exact, shown, starts, threadExits } = account;
  return (
    starts !== pageStarts || threadExits !== pageEnds || exact.some((value, slot) => value > (shown[slot] as number))
  );
}

/** A page for scrapers is about to show the group as it is now: call it before `showSums`. */
export function notePage(entry: GroupEntry, first: FirstShown): void {
  const { starts, threadExits }: Account = entry.group.account;
  entry.told ||= entry.listed || first === "figures";
  entry.listed = true;
  entry.pageStarts = starts;
  entry.pageEnds = threadExits;
}

/**
 * Whether a group may give way to another one: it has no process, and either no page has told its figures, so that they can move
 * to the group `other`, or the last page has told all of them.
 */
export function mayGiveWay(entry: GroupEntry): boolean {
  if (entry.group.account.processes > 0 || entry.awaits !== undefined) return false;
  return !entry.told || !hasNews(entry);
}
