/** By what the group of an ended process was found, or what was missing to find it. */

import type { FactName } from "../classify/process-facts.ts";

/** By what the group was found of a process that nobody had seen alive. */
export type AttributionSource = "exec" | "event" | "parent" | "cgroup";

/** What nobody saw, though the group depends on it. */
export type Missing = FactName | "comm" | "parent";

/** What was missing, in the words of the configuration. */
export const missingNames = {
  comm: "unidentified_comm",
  argv: "unidentified_cmdline",
  cgroups: "unidentified_cgroup",
  user: "unidentified_user",
  effectiveUser: "unidentified_user",
  startTime: "unidentified_start_time",
  parent: "unidentified_parent",
} as const satisfies Record<Missing, string>;

/** Values of the label `by`. */
export type Attribution = "tracked" | AttributionSource | (typeof missingNames)[Missing];

/** Ended processes by how their group was found. */
export type Attributions = Record<Attribution, number>;

export function createAttributions(): Attributions {
  const unidentified = Object.fromEntries(Object.values(missingNames).map((name) => [name, 0]));
  // Checked by construction: these are the values of the table.
  return {
    tracked: 0,
    exec: 0,
    event: 0,
    parent: 0,
    cgroup: 0,
    ...(unidentified as Omit<Attributions, "tracked" | AttributionSource>),
  };
}
