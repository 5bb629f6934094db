/** Gives groups the labels of their container when these become known, later than its first process. Pure. */

import { mergeAccount } from "../../account/account.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import type { Container } from "./containers.ts";
import type { GroupEntry } from "./group-entry.ts";
import { keyOf } from "./group-keys.ts";

/**
 * Gives a group its final labels. It is merged into the group that has these labels already, from before the container was
 * restarted.
 */
function settle(entries: Map<string, GroupEntry>, entry: GroupEntry, labels: GroupLabels): void {
  const { group } = entry;
  const key = keyOf(labels);
  const former = entries.get(key);
  group.labels = labels;
  entry.awaits = undefined;
  if (former === undefined) {
    entries.set(key, entry);
    return;
  }
  mergeAccount(group.account, former.group.account);
  // What still refers to this group bills the other one from now on.
  group.account = former.group.account;
  former.shown = true;
}

/** Gives the groups that wait for this container its labels, or its interim labels as long as it has no others. */
export function renameGroups(entries: Map<string, GroupEntry>, container: Container): void {
  const { labels, interim } = container;
  for (const [key, entry] of [...entries]) {
    if (entry.awaits !== container) continue;
    const { ruleLabels } = entry.group;
    if (labels === undefined) {
      entry.group.labels = { ...ruleLabels, ...interim };
    } else {
      entries.delete(key);
      settle(entries, entry, { ...ruleLabels, ...labels });
    }
  }
}
