/**
 * The groups that exist, by their labels, up to a limit. At the limit the group that has been without processes for longest
 * gives way; where none may, what exceeds it shares the group `other`. A group without processes leaves the page after a
 * while, and is forgotten only when its series have ended for whoever scrapes: until then it comes back with the counters that it had. The groups of a container whose name is still to come are apart from
 * all others; once it has come, they take it, or go up in the groups that have it already.
 */

import { createAccount, mergeAccount, replan, type Account } from "../../account/account.ts";
import type { HistogramPlan } from "../../account/histogram-plan.ts";
import { unidentifiedGroup, type GroupLabels } from "../../classify/classifier.ts";
import type { FirstShown } from "../../exposition/page.ts";
import type { PodLabels } from "../../kubernetes/pod-names.ts";
import { createEvictionCandidates } from "./eviction-candidates.ts";
import type { Container } from "./containers.ts";
import { createGroupEntry, isHeldBack, notePage, type GroupEntry } from "./group-entry.ts";

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

export interface GroupRegistry {
  /**
   * The group of a rule's labels, and of a container, made where it does not exist. At the limit another one gives way, or it
   * is the group `other`; both are counted.
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
  /** A page for scrapers is about to show the groups as they are: call it before their sums are shown. */
  notePage(first: FirstShown): void;
  /** True for the group `other` of what exceeds the limit. */
  isOverflow(group: Group): boolean;
  /** True where a further group would find room. */
  hasRoom(): boolean;
  /**
   * Lets groups leave that have had neither a process nor an end for long.
   *
   * @param isGone whether the pod that labels name is gone
   */
  expire(nowUs: number, isGone?: (labels: GroupLabels) => boolean): void;
  /** Goes on by other options; what was counted stays. */
  configure(options: GroupOptions): void;
  /** Groups on the page. */
  readonly size: number;
  /** How often a process was put into `other` because of the limit. */
  readonly overflowed: number;
  /** Groups that gave way to others because of the limit. */
  readonly evicted: number;
}

const overflowLabels: GroupLabels = { groupname: "other" };

/** Prometheus looks back for 5 minutes: a series that was absent for longer has ended, and its counters may begin anew. */
const absenceUs = 600e6;

/**
 * Equal for equal labels, in whatever order they are; an empty one is none, as for Prometheus. No name holds a NUL, since the
 * kernel's strings end with one.
 */
function keyOf(labels: GroupLabels): string {
  const { groupname = "" } = labels;
  const others: string[] = [];
  for (const name in labels) if (name !== "groupname" && labels[name] !== "") others.push(name);
  if (others.length === 0) return groupname;
  return `\0${JSON.stringify([groupname, ...others.sort().map((name) => [name, labels[name]])])}`;
}

/** While a container has no name, its groups are told from others by it. No labels begin like this. */
function awaitingKey(ruleLabels: GroupLabels, { key }: Container): string {
  return `\0\0${key}\0${keyOf(ruleLabels)}`;
}

export function createGroupRegistry(initial: GroupOptions): GroupRegistry {
  const entries = new Map<string, GroupEntry>();
  /** Entries by container and rule: asked for each end, and what they are by now takes ten times as long to put together. */
  const byContainer = new Map<string, GroupEntry>();
  let options = initial;
  let declared: ReadonlySet<string> = new Set();
  let overflowed = 0;
  let evicted = 0;
  let uses = 0;

  const createGroup = (ruleLabels: GroupLabels, podLabels?: PodLabels): GroupEntry["group"] => ({
    labels: podLabels === undefined ? ruleLabels : { ...ruleLabels, ...podLabels },
    ruleLabels,
    account: createAccount(options.histograms),
  });
  const hidden = createGroup({});

  function add(key: string, group: GroupEntry["group"], awaits?: Container): GroupEntry {
    const entry = createGroupEntry(group, awaits);
    entry.lastUse = ++uses;
    entries.set(key, entry);
    return entry;
  }

  function use(entry: GroupEntry): GroupEntry {
    entry.shown = true;
    entry.lastUse = ++uses;
    return entry;
  }

  function find(key: string): GroupEntry | undefined {
    const entry = entries.get(key);
    return entry === undefined ? undefined : use(entry);
  }

  const overflowKey = keyOf(overflowLabels);
  const isFull = (): boolean => entries.size - Number(entries.has(overflowKey)) >= options.maxGroups;

  function findOverflow(): GroupEntry {
    return find(overflowKey) ?? add(overflowKey, createGroup(overflowLabels));
  }

  const isOverflow = (group: Group): boolean => entries.get(overflowKey)?.group === group;

  function overflow(): GroupEntry {
    overflowed++;
    return findOverflow();
  }

  /** Notes the ends since the last look as a sign of life. */
  function noteExits(entry: GroupEntry): boolean {
    const { threadExits } = entry.group.account;
    if (threadExits === entry.exits) return false;
    entry.exits = threadExits;
    entry.lastUse = ++uses;
    return true;
  }

  /** Figures that no page has told go to `other`. Who still refers to it bills that one from now on. */
  function evict(key: string, entry: GroupEntry): void {
    const { group } = entry;
    entries.delete(key);
    entry.evicted = true;
    evicted++;
    const { account } = findOverflow().group;
    if (!entry.told) mergeAccount(group.account, account);
    group.account = account;
  }

  const candidates = createEvictionCandidates({
    entries,
    stays: (key) => key === overflowKey || key === unidentifiedGroup || declared.has(key),
    noteExits,
    maxGroups: () => options.maxGroups,
  });

  /** @returns true where a group gave way */
  function makeRoom(): boolean {
    const next = candidates.take();
    if (next !== undefined) evict(...next);
    return next !== undefined;
  }

  function findOrAdd(key: string, ruleLabels: GroupLabels, container?: Container): GroupEntry {
    const entry = find(key);
    if (entry !== undefined) return entry;
    if (isFull() && !makeRoom()) return overflow();
    const awaits = container?.labels === undefined ? container : undefined;
    return add(key, createGroup(ruleLabels, container?.labels ?? container?.interim), awaits);
  }

  function getOfContainer(ruleLabels: GroupLabels, container: Container): GroupEntry {
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
  function idleUs(key: string, entry: GroupEntry, nowUs: number): number {
    const lives = entry.group.account.processes > 0;
    if (lives) entry.lastUse = ++uses;
    if (noteExits(entry) || lives || declared.has(key)) entry.aliveAtUs = nowUs;
    entry.aliveAtUs ??= nowUs;
    return nowUs - entry.aliveAtUs;
  }

  const shown = (): GroupEntry[] => [...entries.values()].filter((entry) => entry.shown && !isHeldBack(entry));

  /** The container has its name: a group of these labels may exist, from before a restart of the container. */
  function settle(entry: GroupEntry, labels: GroupLabels): void {
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
      if (known?.evicted === false) return use(known).group;
      const entry = getOfContainer(ruleLabels, container);
      if (!isOverflow(entry.group)) byContainer.set(key, entry);
      return entry.group;
    },
    rename,
    get awaited() {
      return new Set([...entries.values()].flatMap(({ awaits }) => awaits ?? []));
    },
    createProvisional: () => createGroup({}),
    list: () => shown().map(({ group }) => group),
    notePage(first) {
      for (const entry of shown()) notePage(entry, first);
      candidates.retry();
    },
    isOverflow,
    hasRoom: () => !isFull() || candidates.any(),
    expire(nowUs, isGone = () => false) {
      byContainer.clear();
      candidates.retry();
      for (const [key, entry] of entries) {
        const idle = idleUs(key, entry, nowUs);
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
    get evicted() {
      return evicted;
    },
  };
}
