/** Builds the figures of all groups for a page. */

import { showSums, type Account } from "../account/account.ts";
import type { NamedThreads } from "../account/thread-names.ts";
import type { FirstShown, GroupFigures } from "../exposition/page.ts";
import type { BootTime } from "../procfs/boot-time.ts";
import type { Collector } from "./collector.ts";
import { ticksPerSecond } from "./groups/fact-reader.ts";

interface Live {
  processes: number;
  threads: number;
  oldestStartTicks: number;
}

/** @param first what a page for scrapers shows first of a new group; undefined where the page is for a person only */
export function buildPage(
  {
    groups,
    processes,
    states,
    threadNaming,
  }: Pick<Collector, "groups" | "processes"> & Partial<Pick<Collector, "states" | "threadNaming">>,
  bootTime: Pick<BootTime, "seconds">,
  first: FirstShown | undefined,
): readonly GroupFigures[] {
  const live = new Map<Account, Live>();
  for (const { group, threadCount, startTicks = Infinity } of processes.values()) {
    const counts = live.get(group.account) ?? { processes: 0, threads: 0, oldestStartTicks: Infinity };
    live.set(group.account, counts);
    counts.processes++;
    counts.threads += threadCount;
    counts.oldestStartTicks = Math.min(counts.oldestStartTicks, startTicks);
  }
  const sums = states?.sum();
  const namedThreads = threadNaming?.countLive(processes.values());
  if (first !== undefined) groups.notePage(first);
  return groups.list().map(({ labels, account }) => {
    const { processes = 0, threads = 0, oldestStartTicks = Infinity } = live.get(account) ?? {};
    const oldestStart = oldestStartTicks < Infinity ? bootTime.seconds + oldestStartTicks / ticksPerSecond : undefined;
    const now = sums?.of(account);
    const threadNames = namedThreads && listThreadNames(account, namedThreads);
    return { labels, account, sums: showSums(account), processes, threads, oldestStart, now, threadNames };
  });
}

/** @param live the live threads by the entry of their name */
function listThreadNames(account: Account, live: ReadonlyMap<NamedThreads, number>): GroupFigures["threadNames"] & {} {
  return new Map(
    [...(account.threadNames?.byName ?? [])].map(([name, named]) => {
      return [name, { labels: named.labels, threads: live.get(named) ?? 0, sums: named.sums }];
    }),
  );
}
