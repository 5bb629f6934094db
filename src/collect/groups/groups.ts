/**
 * The groups that exist, by their labels, up to a limit; what exceeds it shares the group `other`. A group without
 * processes leaves the page after a while, and is forgotten only when its series have ended for whoever scrapes: until
 * then it comes back with the counters that it had.
 */

import { createAccount, replan, type Account } from "../../account/account.ts";
import type { HistogramPlan } from "../../account/histogram-plan.ts";
import type { GroupLabels } from "../../classify/classifier.ts";

export interface Group {
  readonly labels: GroupLabels;
  readonly account: Account;
}

export interface GroupOptions {
  readonly maxGroups: number;
  /** How long a group without processes stays on the page. */
  readonly groupRetentionMs: number;
  /** Labels of groups that exist from the start and never leave. */
  readonly declared: readonly GroupLabels[];
  readonly histograms: HistogramPlan;
}

export interface Groups {
  /** The group of these labels, made where it does not exist. At the limit: the group `other`, and it is counted. */
  get(labels: GroupLabels): Group;
  /** The group of processes that no rule asks for; it is on no page. */
  readonly hidden: Group;
  /** A group on no page, for figures of a process whose identity is not known yet. */
  createProvisional(): Group;
  /** Groups on the page, in the order in which they were first seen. */
  list(): readonly Group[];
  /** Lets groups leave that have had neither a process nor an end for long. @param live groups with processes now */
  expire(live: ReadonlySet<Group>, nowUs: number): void;
  /** Goes on by other options; what was counted stays. */
  configure(options: GroupOptions): void;
  /** Groups on the page. */
  readonly size: number;
  /** How often a process was put into `other` because of the limit. */
  readonly overflowed: number;
}

interface Entry {
  readonly group: Group;
  shown: boolean;
  /** Threads that had ended when it was last looked at: a change is a sign of life. */
  ends: number;
  aliveAtUs: number | undefined;
}

const overflowLabels: GroupLabels = { groupname: "other" };

/** Prometheus looks back for 5 minutes: a series that was absent for longer has ended, and its counters may begin anew. */
const absenceUs = 600e6;

/** Equal for equal labels in equal order. No name holds a NUL, since the kernel's strings end with one. */
function keyOf(labels: GroupLabels): string {
  let count = 0;
  for (const name in labels) if (name !== "") count++;
  return count === 1 ? (labels["groupname"] ?? "") : `\0${JSON.stringify(labels)}`;
}

export function createGroups(initial: GroupOptions): Groups {
  const entries = new Map<string, Entry>();
  let options = initial;
  let declared: ReadonlySet<string> = new Set();
  let overflowed = 0;

  const createGroup = (labels: GroupLabels): Group => ({ labels, account: createAccount(options.histograms) });
  const hidden = createGroup({});

  function add(key: string, labels: GroupLabels): Group {
    const group = createGroup(labels);
    entries.set(key, { group, shown: true, ends: 0, aliveAtUs: undefined });
    return group;
  }

  function find(key: string): Group | undefined {
    const entry = entries.get(key);
    if (entry !== undefined) entry.shown = true;
    return entry?.group;
  }

  function declare(): void {
    declared = new Set(options.declared.map(keyOf));
    for (const labels of options.declared) if (find(keyOf(labels)) === undefined) add(keyOf(labels), labels);
  }

  /** @returns how long it has shown no sign of life */
  function idleUs(key: string, entry: Entry, { live, nowUs }: { live: ReadonlySet<Group>; nowUs: number }): number {
    const { threadExits } = entry.group.account;
    if (live.has(entry.group) || declared.has(key) || threadExits !== entry.ends) entry.aliveAtUs = nowUs;
    entry.ends = threadExits;
    entry.aliveAtUs ??= nowUs;
    return nowUs - entry.aliveAtUs;
  }

  const shown = (): Entry[] => [...entries.values()].filter((entry) => entry.shown);

  declare();
  return {
    hidden,
    get(labels) {
      const key = keyOf(labels);
      const group = find(key);
      if (group !== undefined) return group;
      if (entries.size < options.maxGroups) return add(key, labels);
      overflowed++;
      const overflowKey = keyOf(overflowLabels);
      return find(overflowKey) ?? add(overflowKey, overflowLabels);
    },
    createProvisional: () => createGroup({}),
    list: () => shown().map(({ group }) => group),
    expire(live, nowUs) {
      for (const [key, entry] of entries) {
        const idle = idleUs(key, entry, { live, nowUs });
        entry.shown = idle < options.groupRetentionMs * 1000;
        if (idle >= options.groupRetentionMs * 1000 + absenceUs) entries.delete(key);
      }
    },
    configure(next) {
      options = next;
      declare();
      for (const { group } of entries.values()) replan(group.account, next.histograms);
    },
    get size() {
      return shown().length;
    },
    get overflowed() {
      return overflowed;
    },
  };
}
