/** The groups that exist, by name, up to a limit; what exceeds it shares the group `other`. */

import { createAccount, type Account } from "../account/account.ts";

export interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly account: Account;
}

export interface Groups {
  /** The group of that name, made where it does not exist. At the limit: the group `other`, and it is counted. */
  get(name: string): Group;
  /** All groups, in the order in which they were first seen. */
  list(): Iterable<Group>;
  readonly size: number;
  /** How often a process was put into `other` because of the limit. */
  readonly overflowed: number;
}

const overflowName = "other";

export function createGroups({ limit }: { readonly limit: number }): Groups {
  const groups = new Map<string, Group>();
  let overflowed = 0;

  function create(name: string): Group {
    const group = { labels: { groupname: name }, account: createAccount() };
    groups.set(name, group);
    return group;
  }

  return {
    get(name) {
      const group = groups.get(name);
      if (group !== undefined) return group;
      if (groups.size < limit) return create(name);
      overflowed++;
      return groups.get(overflowName) ?? create(overflowName);
    },
    list: () => groups.values(),
    get size() {
      return groups.size;
    },
    get overflowed() {
      return overflowed;
    },
  };
}

/** A group that no page shows, for figures of a process whose identity is not known yet. */
export function createProvisionalGroup(): Group {
  return { labels: {}, account: createAccount() };
}
