/** When the counters of each group were 0: Prometheus can begin a new series there. Pure. */

import type { Account } from "../account/account.ts";

export interface CreatedTimes {
  /** When the account's counters were 0, in seconds since 1970. It is asked for each group of a page, before `endPage`. */
  of(account: Account): number;
  /**
   * Ends a page. Pages are in the order in which their figures were read.
   *
   * @param now when they were read, in seconds since 1970
   */
  endPage(now: number): void;
}

/** @param started when the counters of the first groups were 0, in seconds since 1970 */
export function createCreatedTimes(started: number): CreatedTimes {
  const times = new WeakMap<Account, number>();
  /** A group that was not on the page before was made since, and its counters were 0 until then. */
  let previous = started;
  return {
    of(account) {
      const known = times.get(account);
      if (known === undefined) times.set(account, previous);
      return known ?? previous;
    },
    endPage(now) {
      previous = now;
    },
  };
}
