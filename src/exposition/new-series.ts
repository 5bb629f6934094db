/**
 * Finds the counters and histograms that are new to a scraper, and the value with which each begins for that scraper, so that
 * Prometheus' `increase()` counts their first value too. A new series begins with 0. A series of a group that comes back to the page
 * begins with its value when the group left. Pages are numbered: a series is new to a scraper whose last page has a lower number than
 * the series' first page. So the memory is a few numbers for each group, however many scrapers there are. Pure.
 */

import { copyAccount, createAccount, type Account } from "../account/account.ts";
import { createHistogram, type Histogram } from "../account/histogram.ts";
import { exporterMetrics } from "../fields/exporter-metrics.ts";
import { fields } from "../fields/fields.ts";
import { mapThreadSums, type ExporterFigures, type GroupFigures, type LabelledValue, type Page } from "./page.ts";

/** The number of a page, and what is new on it. */
export interface PageVersion {
  /** Greater than that of every page before. */
  readonly number: number;
  /**
   * Finds what is new to a scraper whose last page had this number: the groups and figures with a new series, as they are and as
   * that scraper is shown them. Undefined where nothing is new.
   *
   * @param held this page, or a copy of it
   */
  since(number: number, held: Page): Difference | undefined;
}

/** A part of a page in two versions, with the same series in the same order. */
export interface Difference {
  readonly asIs: Page;
  readonly shown: Page;
}

export interface NewSeriesTracker {
  /** Notes what a page shows. Pages are given in the order in which their figures were read. */
  note(page: Page): PageVersion;
}

interface HistogramLife {
  readonly histogram: Histogram;
  /** The first page that showed it. */
  readonly born: number;
}

/** The time from a group's appearance on the page under its labels to its absence. */
interface Life {
  readonly labels: GroupFigures["labels"];
  /** The first page that ever showed this account under these labels. */
  readonly first: number;
  /** The first page since it was last absent. */
  readonly born: number;
  /** The last page before its absence, and the account as it was then. */
  readonly former: { readonly last: number; readonly account: Account } | undefined;
  /** The first page of each wait status. */
  readonly exits: Map<number, number>;
  /** The first page with throttled time. */
  throttled: number | undefined;
  histograms: readonly (HistogramLife | undefined)[];
  /** The first page of each name of threads. */
  readonly threadNames: Map<string, number>;
}

interface Known {
  life: Life;
  /** The last page that showed it. */
  last: number;
  /** A copy of the account, made when the group left the page. */
  left: Account | undefined;
}

const isSame = (one: GroupFigures["labels"], other: GroupFigures["labels"]): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** The account with which a group's series begin: with the wait statuses and histograms that the group has now. */
function firstAccount({ account }: GroupFigures, base: Account | undefined): Account {
  const from = base ?? createAccount(account.plan);
  const histograms = account.histograms.map((histogram, index) => {
    if (histogram === undefined) return undefined;
    return (from.plan === account.plan ? from.histograms[index] : undefined) ?? createHistogram(histogram.bounds);
  });
  const exits = new Map([...account.exits.keys()].map((status) => [status, from.exits.get(status) ?? 0]));
  const throttledNs = account.throttledNs === undefined ? undefined : (from.throttledNs ?? 0);
  // Maxima are no counters, so they are shown as they are.
  return { ...from, plan: account.plan, largest: account.largest, exits, throttledNs, histograms };
}

function showFirst(group: GroupFigures, base?: Account): GroupFigures {
  const account = firstAccount(group, base);
  const shown = { ...group, account, sums: account.shown };
  if (group.threadNames === undefined) return shown;
  const sumsOfName = (name: string): Float64Array =>
    base?.threadNames?.byName.get(name)?.sums ?? new Float64Array(fields.length);
  return { ...shown, threadNames: mapThreadSums(group.threadNames, sumsOfName) };
}

/** The first page with each field that this kernel fills, and the first page with exits. */
interface Common {
  readonly slots: Float64Array;
  exits: number;
}

const later = Infinity;

function noteCommon(common: Common, { has, exitsUp }: Page, number: number): void {
  common.slots.forEach((born, slot) => {
    common.slots[slot] = has(slot) ? Math.min(born, number) : later;
  });
  common.exits = exitsUp ? Math.min(common.exits, number) : later;
}

/** A group that the scraper knows, with its new series at their beginning. @returns undefined where no series is new */
function showKnown(group: GroupFigures, life: Life, { common, number }: { common: Common; number: number }) {
  const { account, sums } = group;
  const isNew = (born: number): boolean => born > number;
  const newSlot = common.slots.some((born) => born !== later && isNew(born));
  const newExit = [...account.exits.keys()].some((status) => isNew(life.exits.get(status) ?? 0));
  const newHistogram = life.histograms.some((one) => one !== undefined && isNew(one.born));
  const newEnds = common.exits !== later && isNew(common.exits);
  const newThrottled = isNew(life.throttled ?? 0);
  const newNames = [...life.threadNames.values()].some(isNew);
  if (!newSlot && !newExit && !newHistogram && !newEnds && !newThrottled && !newNames) return undefined;
  const exits = [...account.exits].map(([status, count]): [number, number] => {
    return [status, newEnds || isNew(life.exits.get(status) ?? 0) ? 0 : count];
  });
  const histograms = account.histograms.map((histogram, index) =>
    histogram !== undefined && (newEnds || isNew(life.histograms[index]?.born ?? 0))
      ? createHistogram(histogram.bounds)
      : histogram,
  );
  const threadExits = newEnds ? 0 : account.threadExits;
  const throttledNs = newThrottled ? 0 : account.throttledNs;
  const withoutNew = (figures: Float64Array): Float64Array =>
    figures.map((value, slot) => (isNew(common.slots[slot] as number) ? 0 : value));
  const sumsOfName = (name: string, figures: Float64Array): Float64Array =>
    isNew(life.threadNames.get(name) ?? 0) ? new Float64Array(fields.length) : withoutNew(figures);
  return {
    ...group,
    ...(group.threadNames && { threadNames: mapThreadSums(group.threadNames, sumsOfName) }),
    sums: withoutNew(sums),
    account: { ...account, exits: new Map(exits), histograms, threadExits, throttledNs },
  };
}

/** @returns undefined where the scraper, whose last page had this number, knows all series of the group */
function show(group: GroupFigures, life: Life, reader: { readonly common: Common; readonly number: number }) {
  const { number } = reader;
  if (number < life.first) return showFirst(group);
  if (number < life.born && life.former !== undefined && number > life.former.last) {
    return showFirst(group, life.former.account);
  }
  return showKnown(group, life, reader);
}

type ExporterKey = keyof typeof exporterMetrics;

const isValues = (figures: ExporterFigures[ExporterKey]): figures is readonly LabelledValue[] => Array.isArray(figures);

/** The first page of each of the exporter's own counters. From then on it is on every page. */
function createOwnCounters() {
  const born = new Map<string, number>();
  const keyOf = (key: string, { labels }: LabelledValue): string => `${key} ${JSON.stringify(labels ?? {})}`;
  const counters = (exporter: ExporterFigures) =>
    (Object.entries(exporter) as [ExporterKey, ExporterFigures[ExporterKey]][]).flatMap(([key, figures]) =>
      exporterMetrics[key].type === "counter" && isValues(figures) ? [{ key, figures }] : [],
    );
  return {
    note(exporter: ExporterFigures, number: number) {
      for (const { key, figures } of counters(exporter)) {
        for (const value of figures) if (!born.has(keyOf(key, value))) born.set(keyOf(key, value), number);
      }
    },
    /** @returns the counters with a new series, as they are and with 0 for that series */
    since(
      number: number,
      exporter: ExporterFigures,
    ): { readonly asIs: ExporterFigures; readonly shown: ExporterFigures } {
      const isNew = (key: string, value: LabelledValue): boolean => (born.get(keyOf(key, value)) ?? 0) > number;
      const fresh = counters(exporter).filter(({ key, figures }) => figures.some((value) => isNew(key, value)));
      const shown = fresh.map(({ key, figures }) => {
        return [key, figures.map((value) => (isNew(key, value) ? { ...value, value: 0 } : value))];
      });
      return {
        asIs: Object.fromEntries(fresh.map(({ key, figures }) => [key, figures])),
        shown: Object.fromEntries(shown) as ExporterFigures,
      };
    },
  };
}

export function createNewSeriesTracker(): NewSeriesTracker {
  const known = new WeakMap<Account, Known>();
  const common: Common = { slots: new Float64Array(fields.length).fill(later), exits: later };
  const own = createOwnCounters();
  let pages = 0;
  /** The accounts on the page before. */
  let listed: readonly Account[] = [];

  function begin({ labels }: GroupFigures, { left, last, life }: Partial<Known>): Life {
    const former = left === undefined || last === undefined ? undefined : { last, account: left };
    const first = former === undefined ? pages : (life?.first ?? pages);
    const { exits, throttled, histograms = [] } = life ?? {};
    const threadNames = new Map(life?.threadNames);
    return { labels, first, born: pages, former, exits: new Map(exits), throttled, histograms, threadNames };
  }

  /** The life of a group on this page: a new one where the group was absent or had other labels. */
  function lifeOf(group: GroupFigures): Known {
    const { account, labels } = group;
    const former = known.get(account);
    const isFormer = former !== undefined && isSame(former.life.labels, labels);
    if (isFormer && former.last >= pages - 1) return former;
    const begun = { life: begin(group, isFormer ? former : {}), last: pages, left: undefined };
    known.set(account, begun);
    return begun;
  }

  function noteGroup(group: GroupFigures): Life {
    const { account } = group;
    const entry = lifeOf(group);
    entry.last = pages;
    const { life } = entry;
    if (account.throttledNs !== undefined) life.throttled ??= pages;
    if (life.exits.size < account.exits.size) {
      for (const status of account.exits.keys()) if (!life.exits.has(status)) life.exits.set(status, pages);
    }
    for (const name of group.threadNames?.keys() ?? [])
      if (!life.threadNames.has(name)) life.threadNames.set(name, pages);
    if (account.histograms.some((histogram, index) => histogram !== life.histograms[index]?.histogram)) {
      life.histograms = account.histograms.map((histogram) => {
        if (histogram === undefined) return undefined;
        return { histogram, born: life.histograms.find((one) => one?.histogram === histogram)?.born ?? pages };
      });
    }
    return life;
  }

  /** Copies the accounts of groups that have left the page. They have no processes, so that they are what they were on their last page. */
  function noteLeavers(): void {
    for (const account of listed) {
      const entry = known.get(account);
      if (entry !== undefined && entry.last < pages) entry.left ??= copyAccount(account);
    }
  }

  return {
    note(page) {
      pages++;
      noteCommon(common, page, pages);
      own.note(page.exporter, pages);
      const lives = page.groups.map(noteGroup);
      noteLeavers();
      listed = page.groups.map(({ account }) => account);
      return {
        number: pages,
        since(number, held) {
          const groups = held.groups.flatMap((group, index) => {
            const shown = show(group, lives[index] as Life, { common, number });
            return shown === undefined ? [] : [{ group, shown }];
          });
          const exporter = own.since(number, held.exporter);
          if (groups.length === 0 && Object.keys(exporter.asIs).length === 0) return undefined;
          return {
            asIs: { ...held, groups: groups.map(({ group }) => group), exporter: exporter.asIs },
            shown: { ...held, groups: groups.map(({ shown }) => shown), exporter: exporter.shown },
          };
        },
      };
    },
  };
}
