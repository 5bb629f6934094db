/** The figures of a group that grow, and how fast they grew between two samples. Pure. */

import { activities } from "../fields/activities.ts";
import { slotOf } from "../fields/fields.ts";
import type { GroupFigures } from "../exposition/page.ts";

/** Threads that run or wait so, on average; exits of processes per second, and those of them that were no success. */
export const rateKinds = [...activities, "exits", "failed"] as const;

export type RateKind = (typeof rateKinds)[number];

/** A value for each of `rateKinds`, in their order: seconds of the activity and exits, both since the counters began. */
export type Grown = Float64Array;

/** A value for each of `rateKinds`, in their order, per second. */
export type Rates = Float64Array;

const slots = activities.map((kind) =>
  slotOf(kind === "run" ? "cpu_run_virtual_total" : (`${kind}_delay_total` as const)),
);
const at = { exits: rateKinds.indexOf("exits"), failed: rateKinds.indexOf("failed") };

export function readGrown({ sums, account }: Pick<GroupFigures, "sums" | "account">): Grown {
  const grown = new Float64Array(rateKinds.length);
  for (let index = 0; index < slots.length; index++) grown[index] = (sums[slots[index] as number] as number) / 1e9;
  for (const [status, count] of account.exits) {
    grown[at.exits] = (grown[at.exits] as number) + count;
    if (status !== 0) grown[at.failed] = (grown[at.failed] as number) + count;
  }
  return grown;
}

/** A group cannot run on more CPUs than there are, but figures are read some milliseconds before or after the sample's time. */
const mostCpus = (cpus: number): number => 2 * cpus + 1;

/**
 * What grew between two samples, per second.
 *
 * @param limits how many CPUs the machine has. Where more was run than they can, it happened over a longer time, such as the life of
 * a process that /proc hides until its exit: nothing is then known of the time between the samples but the exits
 */
export function computeRates(before: Grown, now: Grown, { seconds, cpus }: { seconds: number; cpus: number }): Rates {
  const rates = now.map((value, index) => Math.max(0, value - (before[index] as number)) / seconds);
  return (rates[0] as number) > mostCpus(cpus) ? rates.fill(0, 0, activities.length) : rates;
}

export const rateOf = (rates: Rates, kind: RateKind): number => rates[rateKinds.indexOf(kind)] as number;
