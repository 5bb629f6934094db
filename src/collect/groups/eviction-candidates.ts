/** Finds groups that may give way to others at the limit. The group that has been idle longest comes first. */

import { mayGiveWay, type GroupEntry } from "./group-entry.ts";

export interface EvictionCandidates {
  /** The next group that may give way, with its key; undefined where there is none. */
  take(): readonly [string, GroupEntry] | undefined;
  /** False where `take` would find none. */
  any(): boolean;
  /** Allows a new search at once. Called when time has passed or a page was shown, since groups may have become idle. */
  retry(): void;
}

export interface EvictionCandidatesOptions {
  readonly entries: ReadonlyMap<string, GroupEntry>;
  /** True for a group that never gives way. */
  readonly stays: (key: string) => boolean;
  /** Counts exits in a group since the last call as a use of it. */
  readonly noteExits: (entry: GroupEntry) => void;
  readonly maxGroups: () => number;
}

/** A group as the search found it. */
interface Candidate {
  readonly key: string;
  readonly lastUse: number;
}

/** A search keeps one group in eight. So with many new names and 1000 groups, only one in 125 names searches all groups. */
const share = 8;

export function createEvictionCandidates({
  entries,
  stays,
  noteExits,
  maxGroups,
}: EvictionCandidatesOptions): EvictionCandidates {
  const batch = (): number => Math.ceil(maxGroups() / share);
  /** The group that has been idle longest is last. */
  let found: Candidate[] = [];
  /** How many further questions are answered without a search, since the last search found none. */
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
      // Groups that a search found earlier may have been used since. A second search sees the present state.
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
