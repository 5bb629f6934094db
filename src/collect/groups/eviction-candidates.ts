/** Groups that may give way to others at the limit: those that have been without processes for longest come first. */

import { mayGiveWay, type GroupEntry } from "./group-entry.ts";

export interface EvictionCandidates {
  /** The next group to give way, with its key; undefined where none may. */
  take(): readonly [string, GroupEntry] | undefined;
  /** True where `take` may find one. */
  any(): boolean;
  /** Time has passed or a page has been shown: a search that found none may find some now. */
  retry(): void;
}

export interface EvictionCandidatesOptions {
  readonly entries: ReadonlyMap<string, GroupEntry>;
  /** True for a group that stays whatever it does. */
  readonly stays: (key: string) => boolean;
  /** Notes what happened in a group since it was last looked at, as its latest use. */
  readonly noteExits: (entry: GroupEntry) => void;
  readonly maxGroups: () => number;
}

/** A group as it was when it was looked at. */
interface Candidate {
  readonly key: string;
  readonly lastUse: number;
}

/** One group in so many is remembered by a search: a flood of names searches once for each hundred, not for each. */
const share = 8;

export function createEvictionCandidates({
  entries,
  stays,
  noteExits,
  maxGroups,
}: EvictionCandidatesOptions): EvictionCandidates {
  const batch = (): number => Math.ceil(maxGroups() / share);
  /** The longest idle last. */
  let found: Candidate[] = [];
  /** Questions that are answered without a search, since the last one found none. */
  let skips = 0;

  function search(): Candidate[] {
    const all: Candidate[] = [];
    for (const [key, entry] of entries) {
      noteExits(entry);
      if (!stays(key) && mayGiveWay(entry)) all.push({ key, lastUse: entry.lastUse });
    }
    all.sort((one, other) => one.lastUse - other.lastUse);
    return all.slice(0, batch()).reverse();
  }

  function any(): boolean {
    if (found.length > 0) return true;
    if (skips > 0) {
      skips--;
      return false;
    }
    found = search();
    if (found.length === 0) skips = batch() - 1;
    return found.length > 0;
  }

  return {
    any,
    retry: () => void (skips = 0),
    take() {
      // What a search found may have been used since: the second one tells as things are now.
      for (let searches = 0; searches < 2 && any(); searches++) {
        for (let next = found.pop(); next !== undefined; next = found.pop()) {
          const entry = entries.get(next.key);
          if (entry?.lastUse === next.lastUse && mayGiveWay(entry)) return [next.key, entry];
        }
      }
      return undefined;
    },
  };
}
