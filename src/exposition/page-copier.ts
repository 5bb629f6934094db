/**
 * Copies pages one after the other. A group that shows the same figures as on the page before gets the same copy again: most groups are
 * not copied, and whoever has both pages sees at once which groups changed.
 */

import type { Account } from "../account/account.ts";
import { createCreatedTimes } from "./created-times.ts";
import { copyGroup, type GroupFigures, type Page } from "./page.ts";
import { isSameGroup } from "./same-group.ts";

export interface PageCopier {
  /**
   * Copies a page, as `copyPage` does, and adds when its counters were 0. Pages are given in the order in which their figures were read.
   *
   * @param now when they were read, in seconds since 1970
   */
  copy(page: Page, now: number): Page;
}

/** @param started when the exporter's own counters, and those of the first groups, were 0, in seconds since 1970 */
export function createPageCopier(started: number): PageCopier {
  const copies = new WeakMap<Account, GroupFigures>();
  const times = createCreatedTimes(started);

  function copyOf(group: GroupFigures): GroupFigures {
    const former = copies.get(group.account);
    if (former !== undefined && isSameGroup(group, former)) return former;
    const copied = copyGroup({ ...group, created: times.of(group.account) }, former);
    copies.set(group.account, copied);
    return copied;
  }

  return {
    copy(page, now) {
      const groups = page.groups.map(copyOf);
      times.endPage(now);
      return { ...page, groups, started };
    },
  };
}
