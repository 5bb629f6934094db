/** Makes what the landing page shows: the exporter's state, and each group's rates since the page was last opened. */

import { systemClock } from "../base/clock.ts";
import type { Exporter } from "../exporter.ts";
import { createRateSampler } from "../exposition/rate-sampler.ts";
import type { LandingState } from "../http/landing.ts";

/** What the landing page shows besides the exporter's own state. */
export interface LandingOptions {
  readonly version: string;
  /** How many series the last page had; 0 before the first scrape. */
  readonly countSeries: () => number;
}

/** @returns a function that collects and returns the state, or undefined while the exporter is not ready */
export function createLandingState(
  exporter: Exporter,
  { version, countSeries }: LandingOptions,
): () => Promise<LandingState | undefined> {
  const sample = createRateSampler(systemClock.monotonicUs());
  return async () => {
    if (exporter.status() === undefined) return undefined;
    const page = await exporter.collect();
    const status = exporter.status();
    if (status === undefined) return undefined;
    const members = exporter.listMembers();
    const { seconds, activities } = sample(page, systemClock.monotonicUs());
    const groups = activities.map((activity) => {
      return { ...activity, members: members.get(activity.group.account) ?? [] };
    });
    return { version, series: countSeries(), ...status, seconds, activities: groups };
  };
}
