/** Decides when a group without processes leaves the page, and when it is forgotten. Pure. */

import type { GroupEntry } from "./group-entry.ts";

/**
 * How long a group that left the page keeps its counters. Prometheus looks back for 5 minutes: a series that was absent for
 * longer has ended, and its counters may begin anew.
 */
const absenceUs = 600e6;

export interface GroupAge {
  readonly nowUs: number;
  /** True where the group has shown a sign of life since the last call, or never leaves. */
  readonly alive: boolean;
  /** How long the group stays on the page without a sign of life. */
  readonly retentionUs: number;
}

/**
 * Takes a group off the page if it has shown no sign of life for too long.
 *
 * @returns true where the group is to be forgotten
 */
export function expireEntry(entry: GroupEntry, { nowUs, alive, retentionUs }: GroupAge): boolean {
  if (alive) entry.aliveAtUs = nowUs;
  entry.aliveAtUs ??= nowUs;
  if (nowUs - entry.aliveAtUs < retentionUs) return false;
  // A group that left stays away until a process comes, even if its retention grows because its pod is not known to be gone
  // any more.
  if (entry.shown) entry.leftAtUs = nowUs;
  entry.shown = false;
  return nowUs - entry.leftAtUs >= absenceUs;
}
