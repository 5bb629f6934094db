/** The state of all groups at one moment, for whoever shows it. */

import { showSums, type Account } from "../account/account.ts";
import type { GroupFigures } from "../exposition/page.ts";
import type { BootTime } from "../procfs/boot-time.ts";
import type { Collector } from "./collector.ts";
import { ticksPerSecond } from "./groups/identities.ts";

interface Live {
  processes: number;
  threads: number;
  oldestStartTicks: number;
}

export function takeSnapshot(
  { groups, processes }: Collector,
  bootTime: Pick<BootTime, "seconds">,
): readonly GroupFigures[] {
  const live = new Map<Account, Live>();
  for (const { group, threadCount, startTicks = Infinity } of processes.values()) {
    const counts = live.get(group.account) ?? { processes: 0, threads: 0, oldestStartTicks: Infinity };
    live.set(group.account, counts);
    counts.processes++;
    counts.threads += threadCount;
    counts.oldestStartTicks = Math.min(counts.oldestStartTicks, startTicks);
  }
  groups.notePage();
  return groups.list().map(({ labels, account }) => {
    const { processes = 0, threads = 0, oldestStartTicks = Infinity } = live.get(account) ?? {};
    const oldestStart = oldestStartTicks < Infinity ? bootTime.seconds + oldestStartTicks / ticksPerSecond : undefined;
    return { labels, account, sums: showSums(account), processes, threads, oldestStart };
  });
}
