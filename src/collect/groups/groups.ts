/**
 * The groups that exist, by their labels, up to a limit; what exceeds it shares the group `other`. A group without
 * processes leaves the page after a while, and is forgotten only when its series have ended for whoever scrapes: until
 * then it comes back with the counters that it had. The groups of a container whose name is still to come are apart from
 * all others; once it has come, they take it, or go up in the groups that have it already.
 */

import { createAccount, mergeAccount, replan, type Account } from "../../account/account.ts";
import type { HistogramPlan } from "../../account/histogram-plan.ts";
import type { GroupLabels } from "../../classify/classifier.ts";
import type { PodLabels } from "../../kubernetes/pod-names.ts";
import type { Container } from "./containers.ts";

export interface Group {
  /** Those of its series: the rule's, and then its container's. */
  readonly labels: GroupLabels;
  /** Those that the rule gave. */
  readonly ruleLabels: GroupLabels;
  /** Another group's too, once it has gone up in that one. */
  readonly account: Account;
}

export interface GroupOptions {
  readonly maxGroups: number;
  /** How long a group without processes stays on the page. */
  readonly groupRetentionMs: number;
  /** How long one of a pod that is gone does. */
  readonly endedPodRetentionMs: number;
  /** Labels of groups that exist from the start and never leave. */
  readonly declared: readonly GroupLabels[];
  readonly histograms: HistogramPlan;
}

export interface Groups {
  /**
   * The group of a rule's labels, and of a container, made where it does not exist. At the limit: the group `other`, and it is
   * counted.
   */
  get(ruleLabels: GroupLabels, container?: Container): Group;
  /** Labels the groups of a container by what it is called now. */
  rename(container: Container): void;
  /** Containers of groups on whose names they wait. */
  readonly awaited: ReadonlySet<Container>;
  /** The group of processes that no rule asks for; it is on no page. */
  readonly hidden: Group;
  /** A group on no page, for figures of a process whose identity is not known yet. */
  createProvisional(): Group;
  /** Groups on the page, in the order in which they were first seen. */
  list(): readonly Group[];
  /**
   * Lets groups leave that have had neither a process nor an end for long.
   *
   * @param live accounts of groups with processes now
   * @param isGone whether the pod that labels name is gone
   */
  expire(live: ReadonlySet<Account>, nowUs: number, isGone?: (labels: GroupLabels) => boolean): void;
  /** Goes on by other options; what was counted stays. */
  configure(options: GroupOptions): void;
  /** Groups on the page. */
  readonly size: number;
  /** How often a process was put into `other` because of the limit. */
  readonly overflowed: number;
}

interface Entry {
  readonly group: { -readonly [Key in keyof Group]: Group[Key] };
  /** The container on whose name it waits. */
  awaits: Container | undefined;
  shown: boolean;
  /** When it left the page. */
  leftAtUs: number;
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

/** While a container has no name, its groups are told from others by it. No labels begin like this. */
function awaitingKey(ruleLabels: GroupLabels, { key }: Container): string {
  return `\0\0${key}\0${keyOf(ruleLabels)}`;
}

/** A held back group waits for the name of its container, which will come in a moment. */
const isHeldBack = ({ awaits }: Entry): boolean => awaits !== undefined && awaits.interim === undefined;

export function createGroups(initial: GroupOptions): Groups {
  const entries = new Map<string, Entry>();
  /** Entries by container and rule: asked for each end, and what they are by now takes ten times as long to put together. */
  const byContainer = new Map<string, Entry>();
  let options = initial;
  let declared: ReadonlySet<string> = new Set();
  let overflowed = 0;

  const createGroup = (ruleLabels: GroupLabels, podLabels?: PodLabels): Entry["group"] => ({
    labels: podLabels === undefined ? ruleLabels : { ...ruleLabels, ...podLabels },
    ruleLabels,
    account: createAccount(options.histograms),
  });
  const hidden = createGroup({});

  function add(key: string, group: Entry["group"], awaits?: Container): Entry {
    const entry = { group, awaits, shown: true, leftAtUs: Infinity, ends: 0, aliveAtUs: undefined };
    entries.set(key, entry);
    return entry;
  }

  function find(key: string): Entry | undefined {
    const entry = entries.get(key);
    if (entry !== undefined) entry.shown = true;
    return entry;
  }

  function overflow(): Entry {
    overflowed++;
    const key = keyOf(overflowLabels);
    return find(key) ?? add(key, createGroup(overflowLabels));
  }

  function findOrAdd(key: string, ruleLabels: GroupLabels, container?: Container): Entry {
    const entry = find(key);
    if (entry !== undefined) return entry;
    if (entries.size >= options.maxGroups) return overflow();
    const awaits = container?.labels === undefined ? container : undefined;
    return add(key, createGroup(ruleLabels, container?.labels ?? container?.interim), awaits);
  }

  function getOfContainer(ruleLabels: GroupLabels, container: Container): Entry {
    const { labels } = container;
    const key = labels === undefined ? awaitingKey(ruleLabels, container) : keyOf({ ...ruleLabels, ...labels });
    return findOrAdd(key, ruleLabels, container);
  }

  function declare(): void {
    declared = new Set(options.declared.map(keyOf));
    for (const labels of options.declared) {
      if (find(keyOf(labels)) === undefined) add(keyOf(labels), createGroup(labels));
    }
  }

  /** @returns how long it has shown no sign of life */
  function idleUs(key: string, entry: Entry, { live, nowUs }: { live: ReadonlySet<Account>; nowUs: number }): number {
    const { threadExits } = entry.group.account;
    if (live.has(entry.group.account) || declared.has(key) || threadExits !== entry.ends) entry.aliveAtUs = nowUs;
    entry.ends = threadExits;
    entry.aliveAtUs ??= nowUs;
    return nowUs - entry.aliveAtUs;
  }

  const shown = (): Entry[] => [...entries.values()].filter((entry) => entry.shown && !isHeldBack(entry));

  /** The container has its name: a group of these labels may exist, from before a restart of the container. */
  function settle(entry: Entry, labels: GroupLabels): void {
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
    // Whoever still refers to this group bills the other one.
    group.account = former.group.account;
    former.shown = true;
  }

  function rename(container: Container): void {
    const { labels, interim } = container;
    byContainer.clear();
    for (const [key, entry] of [...entries]) {
      if (entry.awaits !== container) continue;
      const { ruleLabels } = entry.group;
      if (labels === undefined) {
        entry.group.labels = { ...ruleLabels, ...interim };
      } else {
        entries.delete(key);
        settle(entry, { ...ruleLabels, ...labels });
      }
    }
  }

  declare();
  return {
    hidden,
    get(ruleLabels, container) {
      if (container === undefined) return findOrAdd(keyOf(ruleLabels), ruleLabels).group;
      const key = `${container.key}\0${keyOf(ruleLabels)}`;
      const known = byContainer.get(key);
      if (known !== undefined) {
        known.shown = true;
        return known.group;
      }
      const entry = getOfContainer(ruleLabels, container);
      if (entry.group.labels !== overflowLabels) byContainer.set(key, entry);
      return entry.group;
    },
    rename,
    get awaited() {
      return new Set([...entries.values()].flatMap(({ awaits }) => awaits ?? []));
    },
    createProvisional: () => createGroup({}),
    list: () => shown().map(({ group }) => group),
    expire(live, nowUs, isGone = () => false) {
      byContainer.clear();
      for (const [key, entry] of entries) {
        const idle = idleUs(key, entry, { live, nowUs });
        const { groupRetentionMs, endedPodRetentionMs } = options;
        const gone = isGone(entry.group.labels);
        const retentionUs = 1000 * (gone ? Math.min(groupRetentionMs, endedPodRetentionMs) : groupRetentionMs);
        if (idle < retentionUs) continue;
        // Only a process brings it back, not that nobody knows any more whether its pod is gone.
        if (entry.shown) entry.leftAtUs = nowUs;
        entry.shown = false;
        if (nowUs - entry.leftAtUs >= absenceUs) entries.delete(key);
      }
    },
    configure(next) {
      options = next;
      byContainer.clear();
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
