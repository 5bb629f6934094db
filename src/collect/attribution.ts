/** How the group of an exited process was found, or what was missing to find it. */

import type { FactName } from "../classify/process-facts.ts";

/** How the group of a process was found that nobody had seen alive. */
export type AttributionSource = "exec" | "event" | "parent" | "cgroup";

/** A fact that the group depends on, and that nobody saw. */
export type Missing = FactName | "comm" | "parent";

/** The label value for each missing fact, in the words of the configuration. */
export const missingNames = {
  comm: "unidentified_comm",
  argv: "unidentified_cmdline",
  cgroups: "unidentified_cgroup",
  user: "unidentified_user",
  effectiveUser: "unidentified_user",
  startTime: "unidentified_start_time",
  parent: "unidentified_parent",
} as const satisfies Record<Missing, string>;

/** A value of the label `by` of `taskstats_exporter_exit_attribution_total`. */
export type Attribution = "tracked" | AttributionSource | (typeof missingNames)[Missing];

/** The number of exited processes for each attribution. */
export type Attributions = Record<Attribution, number>;

export function createAttributions(): Attributions {
  const unidentified = Object.fromEntries(Object.values(missingNames).map((name) => [name, 0]));
  // The cast is safe: these are exactly the values of the table.
  return {
    tracked: 0,
    exec: 0,
    event: 0,
    parent: 0,
    cgroup: 0,
    ...(unidentified as Omit<Attributions, "tracked" | AttributionSource>),
  };
}
