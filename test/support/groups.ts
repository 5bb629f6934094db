/** Groups, entries and processes for unit tests of `collect/groups`. */

import { createAccount } from "../../src/account/account.ts";
import type { Container } from "../../src/collect/groups/containers.ts";
import { createGroupEntry, type GroupEntry } from "../../src/collect/groups/group-entry.ts";
import type { GroupOptions } from "../../src/collect/groups/group-registry.ts";

/** Ten groups, none of them declared. A group stays for a minute, and for half a minute where its pod is gone. */
export const groupOptions: GroupOptions = {
  maxGroups: 10,
  groupRetentionMs: 60_000,
  endedPodRetentionMs: 30_000,
  declared: [],
  histograms: [],
};

/** A group with a name and nothing billed. */
export function createNamedGroup(groupname: string): GroupEntry["group"] {
  return { labels: { groupname }, ruleLabels: { groupname }, account: createAccount([]) };
}

/** The entry of a new group. */
export function createNamedEntry(groupname: string, awaits?: Container): GroupEntry {
  return createGroupEntry(createNamedGroup(groupname), awaits);
}
