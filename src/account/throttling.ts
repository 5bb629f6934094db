/** By how much control groups' throttled time grew while the exporter ran, and to which accounts that is billed. Pure. */

import type { Account } from "./account.ts";

/** The throttled time of a control group with a quota, in nanoseconds since it was made. */
export interface ThrottledTotal {
  readonly path: string;
  /** Differs when a control group is removed and made again under the same path. */
  readonly inode: number;
  readonly throttledNs: number;
}

export interface ThrottledMeter {
  /**
   * Takes note of all control groups there are, those without a quota too. Call it before the growth of those that are new.
   *
   * @param complete whether none can have been left out
   */
  note(seen: ReadonlySet<string>, complete: boolean): void;
  /** What a control group's throttled time grew by since the last time, or since it was made where that was after the first `note`. */
  growth(total: ThrottledTotal): number;
}

interface Row {
  readonly inode: number;
  readonly throttledNs: number;
}

export function createThrottledMeter(): ThrottledMeter {
  const rows = new Map<string, Row>();
  /** Control groups that may have been throttled before anybody looked. */
  let older: ReadonlySet<string> = new Set();
  let wasComplete = false;

  /** A control group that was made again, or whose figure begins anew, is billed whole. */
  function baseOf({ path, inode, throttledNs }: ThrottledTotal): number {
    const row = rows.get(path);
    if (row === undefined) return older.has(path) ? throttledNs : 0;
    return row.inode === inode && row.throttledNs <= throttledNs ? row.throttledNs : 0;
  }

  return {
    note(seen, complete) {
      // What could be left out the last time may be new or old: it is taken for old.
      older = complete && wasComplete ? new Set([...older].filter((path) => seen.has(path))) : seen;
      wasComplete = complete;
      for (const path of rows.keys()) if (!seen.has(path)) rows.delete(path);
    },
    growth(total) {
      const grown = total.throttledNs - baseOf(total);
      rows.set(total.path, { inode: total.inode, throttledNs: total.throttledNs });
      return grown;
    },
  };
}

/** Bills what a control group's throttled time grew by to each of the accounts that have a process in it; 0 shows that they had one. */
export function billThrottled(accounts: Iterable<Account>, grownNs: number): void {
  for (const account of new Set(accounts)) account.throttledNs = (account.throttledNs ?? 0) + grownNs;
}
