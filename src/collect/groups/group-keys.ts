/** Keys of groups in the registry: one text for each set of labels. Pure. */

import type { GroupLabels } from "../../classify/classifier.ts";
import type { Container } from "./containers.ts";

/**
 * The key of a set of labels, whatever their order. An empty label is left out, since Prometheus takes it for an absent one.
 * Most groups have only a name, which is then the key. Another key begins with NUL, which no name can hold: the kernel's
 * strings end with it.
 */
export function keyOf(labels: GroupLabels): string {
  const { groupname = "" } = labels;
  const others: string[] = [];
  for (const name in labels) if (name !== "groupname" && labels[name] !== "") others.push(name);
  if (others.length === 0) return groupname;
  return `\0${JSON.stringify([groupname, ...others.sort().map((name) => [name, labels[name]])])}`;
}

/** The key of a group while its container has no name. It begins with two NULs, as no key of labels does. */
export function awaitingKey(ruleLabels: GroupLabels, { key }: Container): string {
  return `\0\0${key}\0${keyOf(ruleLabels)}`;
}
