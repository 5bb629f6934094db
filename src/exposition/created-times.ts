/** When the counters of each group were 0: Prometheus can begin a new series there. Pure. */

import type { Account } from "../account/account.ts";
import type { Page } from "./page.ts";

export interface CreatedTimes {
  /**
   * Adds the times to a page. Pages are given in the order in which their figures were read.
   *
   * @param now in seconds since 1970
   */
  add(page: Page, now: number): Page;
}

/** @param started when the exporter's own counters, and those of the first groups, were 0, in seconds since 1970 */
export function createCreatedTimes(started: number): CreatedTimes {
  const times = new WeakMap<Account, number>();
  /** A group that was not on the page before was made since, and its counters were 0 until then. */
  let previous = started;
  return {
    add(page, now) {
      const groups = page.groups.map((group) => {
        const created = times.get(group.account) ?? previous;
        times.set(group.account, created);
        return { ...group, created };
      });
      previous = now;
      return { ...page, groups, started };
    },
  };
}
