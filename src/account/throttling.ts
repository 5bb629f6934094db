/** Bills by how much the throttled time of control groups has grown while the exporter runs. Pure. */

import type { Account } from "./account.ts";

/** The throttled time of a control group with a CPU quota, in nanoseconds since the group was made. */
export interface ThrottledTotal {
  readonly path: string;
  /** Differs when a control group is removed and made again under the same path. */
  readonly inode: number;
  readonly throttledNs: number;
}

export interface ThrottledMeter {
  /**
   * Notes all control groups that exist, also those without a quota. It must be called before `growth` of new ones.
   *
   * @param complete true where no control group can have been left out
   */
  note(seen: ReadonlySet<string>, complete: boolean): void;
  /** The growth of the throttled time since the last call; since the group was made, where that was after the first `note`. */
  growth(total: ThrottledTotal): number;
}

interface Row {
  readonly inode: number;
  readonly throttledNs: number;
}

export function createThrottledMeter(): ThrottledMeter {
  const rows = new Map<string, Row>();
  /** Control groups that may have been throttled before the exporter first saw them. */
  let older: ReadonlySet<string> = new Set();
  let wasComplete = false;

  /** The total from which the growth counts. It is 0 for a control group that was made again, or whose figure fell. */
  function baseOf({ path, inode, throttledNs }: ThrottledTotal): number {
    const row = rows.get(path);
    if (row === undefined) return older.has(path) ? throttledNs : 0;
    return row.inode === inode && row.throttledNs <= throttledNs ? row.throttledNs : 0;
  }

  return {
    note(seen, complete) {
      // After an incomplete list, a control group that appears may be old or new. It is taken for old.
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

/** Bills the growth to each account that has a process in the control group. A growth of 0 makes the series exist. */
export function billThrottled(accounts: Iterable<Account>, grownNs: number): void {
  for (const account of new Set(accounts)) account.throttledNs = (account.throttledNs ?? 0) + grownNs;
}
