/**
 * What has been billed to a group, divided by the names of its threads. The names' sums add up to what the page shows of the group, and
 * none of them falls. The number of names is limited: what exceeds the limit is under the name `other`. Pure.
 */

import { fields } from "../fields/fields.ts";

/** The name of threads whose own name would exceed the limit. A thread that is really called so is under it too. */
export const overflowName = "other";

/** The name of what no thread's record says, and of threads with an empty name. */
export const unknownName = "unknown";

/** What has been billed for the threads of one name. */
export interface NamedThreads {
  /** The same object for as long as the name is there: what a page writes of it is kept by the object. */
  readonly labels: { readonly threadname: string };
  /** Sums in kernel units, one per field slot. */
  readonly sums: Float64Array;
}

export interface ThreadNames {
  /** Names at the most, beside `other` and `unknown`. Names that are there stay when it is lowered. */
  limit: number;
  /** In the order of appearance. */
  readonly byName: Map<string, NamedThreads>;
  /**
   * What has been taken back from the group's account, one per field slot. The names' sums cannot fall: later growths make up for it
   * before they are added to a name, as they do for what the page shows of the group.
   */
  readonly owed: Float64Array;
}

export function createThreadNames(limit: number): ThreadNames {
  return { limit, byName: new Map(), owed: new Float64Array(fields.length) };
}

function addName(names: ThreadNames, name: string): NamedThreads {
  const named = { labels: { threadname: name }, sums: new Float64Array(fields.length) };
  names.byName.set(name, named);
  return named;
}

/** Finds or makes the entry of a name. @param name as the kernel has it */
export function findName(names: ThreadNames, name: string): NamedThreads {
  const { byName, limit } = names;
  const known = byName.get(name);
  if (known !== undefined) return known;
  if (name === "") return findName(names, unknownName);
  const own = byName.size - Number(byName.has(overflowName)) - Number(byName.has(unknownName));
  const isFree = name === overflowName || name === unknownName || own < limit;
  return isFree ? addName(names, name) : findName(names, overflowName);
}

/** Adds to a name what has been billed of one slot. @param grown in kernel units; negative where something was taken back */
export function addGrown({ owed: owedOf }: ThreadNames, { sums }: NamedThreads, slot: number, grown: number): void {
  const due = grown - (owedOf[slot] as number);
  owedOf[slot] = due < 0 ? -due : 0;
  if (due > 0) sums[slot] = (sums[slot] as number) + due;
}

/** A copy that does not change when more is billed. The objects of labels are the same. */
export function copyThreadNames({ limit, byName, owed }: ThreadNames): ThreadNames {
  const copies = [...byName].map(([name, { labels, sums }]): [string, NamedThreads] => {
    return [name, { labels, sums: sums.slice() }];
  });
  return { limit, byName: new Map(copies), owed: owed.slice() };
}

/** Adds all names of one group to those of another. Names beyond the limit go to `other`. */
export function mergeThreadNames(from: ThreadNames, to: ThreadNames): void {
  for (const [name, { sums }] of from.byName) {
    const named = findName(to, name);
    for (let slot = 0; slot < sums.length; slot++) {
      named.sums[slot] = (named.sums[slot] as number) + (sums[slot] as number);
    }
  }
  for (let slot = 0; slot < to.owed.length; slot++) {
    to.owed[slot] = (to.owed[slot] as number) + (from.owed[slot] as number);
  }
}
