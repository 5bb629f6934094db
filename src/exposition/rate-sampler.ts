/** Rates of the groups between two samples, for the landing page: CPUs in use, waits by kind, exits. */

import type { Account } from "../account/account.ts";
import { delayKinds, slotOf, type DelayKind } from "../fields/fields.ts";
import type { GroupFigures, Page } from "./page.ts";

/** Seconds of waiting per second: how many threads waited so at a time, on average. */
export interface Wait {
  readonly kind: DelayKind;
  readonly tasks: number;
}

export interface Activity {
  readonly group: GroupFigures;
  /** CPUs in use, on average. */
  readonly cpus: number;
  /** The longest waits first, without those that did not happen. */
  readonly waits: readonly Wait[];
  readonly endsPerSecond: number;
}

export interface RateSample {
  /** Since the sample before, or since the counters began. */
  readonly seconds: number;
  /** The busiest group first. */
  readonly activities: readonly Activity[];
}

interface Figures {
  readonly runNs: number;
  readonly waitNs: readonly number[];
  readonly ends: number;
}

const runTime = slotOf("cpu_run_virtual_total");
const waitSlots = delayKinds.map((kind) => slotOf(`${kind}_delay_total`));

const nothing: Figures = { runNs: 0, waitNs: delayKinds.map(() => 0), ends: 0 };

function read({ sums, account }: GroupFigures): Figures {
  const ends = [...account.exits.values()].reduce((sum, count) => sum + count, 0);
  return { runNs: sums[runTime] as number, waitNs: waitSlots.map((slot) => sums[slot] as number), ends };
}

function compare(
  group: GroupFigures,
  { before, now, seconds }: { before: Figures; now: Figures; seconds: number },
): Activity {
  const perSecond = (ns: number): number => ns / 1e9 / seconds;
  const waits = delayKinds.map((kind, index) => {
    return { kind, tasks: perSecond((now.waitNs[index] as number) - (before.waitNs[index] as number)) };
  });
  return {
    group,
    cpus: perSecond(now.runNs - before.runNs),
    waits: waits.filter(({ tasks }) => tasks > 0).sort((one, other) => other.tasks - one.tasks),
    endsPerSecond: (now.ends - before.ends) / seconds,
  };
}

function weigh({ cpus, waits }: Activity): number {
  return waits.reduce((sum, { tasks }) => sum + tasks, cpus);
}

/** @param beginUs when the counters began, at zero */
export function createRateSampler(beginUs: number): (page: Page, nowUs: number) => RateSample {
  let lastUs = beginUs;
  let last: ReadonlyMap<Account, Figures> = new Map();
  return ({ groups }, nowUs) => {
    const seconds = Math.max((nowUs - lastUs) / 1e6, 0.001);
    const figures = new Map(groups.map((group) => [group.account, read(group)]));
    const activities = groups.map((group) => {
      const now = figures.get(group.account) ?? nothing;
      return compare(group, { before: last.get(group.account) ?? nothing, now, seconds });
    });
    lastUs = nowUs;
    last = figures;
    return { seconds, activities: activities.sort((one, other) => weigh(other) - weigh(one)) };
  };
}
