/**
 * All groups that exist, by their labels, up to a limit. At the limit, the group that has been idle longest gives way; where
 * none may, new processes share the group `other`. A group without processes leaves the page after its retention time. It
 * keeps its counters until scrapers have forgotten its series, and comes back with them. Groups of a container whose name is
 * still to come are apart from all others. Once the name has come, they get its labels, or are merged into the groups that
 * have these labels already.
 */

import { createAccount, mergeAccount, replan, type Account } from "../../account/account.ts";
import type { HistogramPlan } from "../../account/histogram-plan.ts";
import { unidentifiedGroup, type GroupLabels } from "../../classify/classifier.ts";
import type { FirstShown } from "../../exposition/page.ts";
import type { PodLabels } from "../../kubernetes/pod-names.ts";
import { createEvictionCandidates } from "./eviction-candidates.ts";
import type { Container } from "./containers.ts";
import { createGroupEntry, isHeldBack, notePage, type GroupEntry } from "./group-entry.ts";
import { expireEntry } from "./group-expiry.ts";
import { awaitingKey, keyOf } from "./group-keys.ts";
import { renameGroups } from "./group-renaming.ts";

export interface Group {
  /** The labels of its series: the rule's, and then the container's. */
  readonly labels: GroupLabels;
  /** The labels that the rule gave. */
  readonly ruleLabels: GroupLabels;
  /** Shared with another group once this one has been merged into it. */
  readonly account: Account;
}

export interface GroupOptions {
  readonly maxGroups: number;
  /** How long a group without processes stays on the page. */
  readonly groupRetentionMs: number;
  /** How long a group without processes stays on the page if its pod is gone; never longer than `groupRetentionMs`. */
  readonly endedPodRetentionMs: number;
  /** Labels of groups that exist from the start and never leave. */
  readonly declared: readonly GroupLabels[];
  readonly histograms: HistogramPlan;
}

export interface GroupRegistry {
  /**
   * The group of a rule's labels in a container. Creates the group where it does not exist. At the limit another group gives
   * way, or the answer is the group `other`; both are counted.
   */
  get(ruleLabels: GroupLabels, container?: Container): Group;
  /** Gives the groups of a container its present labels. */
  rename(container: Container): void;
  /** Containers whose names groups wait for. */
  readonly awaited: ReadonlySet<Container>;
  /** The group of processes that no rule shows. It is on no page. */
  readonly hidden: Group;
  /** Creates a group that is on no page, for a process whose facts are still to come. */
  createProvisional(): Group;
  /** Groups on the page, in the order in which they were created. */
  list(): readonly Group[];
  /** Notes what a page for scrapers is about to show of all groups. Call it before `showSums`. */
  notePage(first: FirstShown): void;
  /** True for the group `other` of what exceeds the limit. */
  isOverflow(group: Group): boolean;
  /** True where one more group would find room. */
  hasRoom(): boolean;
  /**
   * Takes groups off the page that have had no process and no exit for their retention time.
   *
   * @param isGone true where the pod that the labels name is gone
   */
  expire(nowUs: number, isGone?: (labels: GroupLabels) => boolean): void;
  /** Changes the options. What was billed stays. */
  configure(options: GroupOptions): void;
  /** Number of groups on the page. */
  readonly size: number;
  /** How often a process was put into `other` because of the limit. */
  readonly overflowed: number;
  /** Groups that gave way to others because of the limit. */
  readonly evicted: number;
}

const overflowLabels: GroupLabels = { groupname: "other" };

export function createGroupRegistry(initial: GroupOptions): GroupRegistry {
  const entries = new Map<string, GroupEntry>();
  /** A cache by container and rule: asked at each exit, and the full key takes ten times as long. */
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

  /** Notes exits since the last call as a sign of life. @returns true where there were some */
  function noteExits(entry: GroupEntry): boolean {
    const { threadExits } = entry.group.account;
    if (threadExits === entry.exits) return false;
    entry.exits = threadExits;
    entry.lastUse = ++uses;
    return true;
  }

  /** Removes a group. Its holders bill `other` from now on, which gets its figures if no page has shown them. */
  function evict(key: string, entry: GroupEntry): void {
    const { group } = entry;
    entries.delete(key);
    entry.evicted = true;
    evicted++;
    const { account } = findOverflow().group;
    if (!entry.figuresShown) mergeAccount(group.account, account);
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

  /** @returns true where the group has shown a sign of life since the last call, or never leaves */
  function isAlive(key: string, entry: GroupEntry): boolean {
    const lives = entry.group.account.processes > 0;
    if (lives) entry.lastUse = ++uses;
    return noteExits(entry) || lives || declared.has(key);
  }

  const shown = (): GroupEntry[] => [...entries.values()].filter((entry) => entry.shown && !isHeldBack(entry));

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
    rename(container) {
      byContainer.clear();
      renameGroups(entries, container);
    },
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
        const retentionMs = isGone(entry.group.labels)
          ? Math.min(options.groupRetentionMs, options.endedPodRetentionMs)
          : options.groupRetentionMs;
        const age = { nowUs, alive: isAlive(key, entry), retentionUs: 1000 * retentionMs };
        if (expireEntry(entry, age)) entries.delete(key);
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
