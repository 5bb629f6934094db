/** The series under process-exporter's names: which there are, and what they mean where it means something else. */

import { describe, expect, test } from "@jest/globals";
import { showSums } from "../../src/account/account.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import { createNewSeriesTracker } from "../../src/exposition/new-series.ts";
import type { GroupFigures, Page } from "../../src/exposition/page.ts";
import { processExporterEntries } from "../../src/exposition/process-exporter-entries.ts";
import type { Labels } from "../../src/exposition/series.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { parsePage } from "../support/page.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

const none = { running: 0, sleeping: 0, uninterruptible: 0, stopped: 0, zombie: 0, idle: 0 };

/** The values of the series of one metric, by their labels besides the group's name. */
function valuesOf(name: string, page: Page): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  const [entry] = processExporterEntries().filter((one) => one.name === name);
  entry?.fill(page, {
    value(_labels: Labels, own: Labels, value: number) {
      values[Object.values(own).join()] = value;
    },
    histogram: () => undefined,
  });
  return values;
}

const group = (figures: Partial<GroupFigures> = {}): GroupFigures => ({ ...groupOf("web", accountOf({})), ...figures });

const gauge = (name: string, figures: Partial<GroupFigures>): Readonly<Record<string, number>> =>
  valuesOf(`namedprocess_namegroup_${name}`, pageOf(group(figures)));

describe("the counters of a group", () => {
  test("are its sums, under the values that process-exporter's labels have", () => {
    const sums = { read_bytes: 4096, write_bytes: 8192, ac_minflt: 5, ac_majflt: 6, nvcsw: 7, nivcsw: 8 };
    const page = pageOf(groupOf("web", accountOf(sums)));
    const total = (name: string) => valuesOf(`namedprocess_namegroup_${name}_total`, page);
    expect(total("read_bytes")).toEqual({ "": 4096 });
    expect(total("write_bytes")).toEqual({ "": 8192 });
    expect(total("minor_page_faults")).toEqual({ "": 5 });
    expect(total("major_page_faults")).toEqual({ "": 6 });
    expect(total("context_switches")).toEqual({ voluntary: 7, nonvoluntary: 8 });
  });

  test("are absent where this kernel does not fill the field", () => {
    const page = { ...pageOf(group()), has: (slot: number) => slot !== slotOf("nivcsw") };
    expect(valuesOf("namedprocess_namegroup_context_switches_total", page)).toEqual({ voluntary: 0 });
  });

  test("divide the measured CPU time in the ratio of ticks", () => {
    const account = accountOf({ cpu_run_virtual_total: 4e9, ac_utime: 750_000, ac_stime: 250_000 });
    expect(gauge("cpu_seconds_total", { account, sums: showSums(account) })).toEqual({ user: 3, system: 1 });
  });
});

describe("the processes and threads of a group", () => {
  test("are the live ones where there is no zombie, and where states are not collected", () => {
    expect(gauge("num_procs", { processes: 3, threads: 9 })).toEqual({ "": 3 });
    expect(gauge("num_threads", { processes: 3, threads: 9 })).toEqual({ "": 9 });
  });

  test("are with the zombies of whole processes, of which each has one thread", () => {
    const figures = { processes: 2, threads: 5, now: { threads: { ...none, sleeping: 4, zombie: 3 }, leaders: none } };
    expect(gauge("num_procs", figures)).toEqual({ "": 5 });
    expect(gauge("num_threads", figures)).toEqual({ "": 8 });
  });

  test("count a process whose leader has exited before its other threads once", () => {
    const now = { threads: { ...none, sleeping: 3, zombie: 1 }, leaders: { ...none, zombie: 1 } };
    expect(gauge("num_procs", { processes: 1, threads: 3, now })).toEqual({ "": 1 });
    expect(gauge("num_threads", { processes: 1, threads: 3, now })).toEqual({ "": 4 });
  });
});

describe("the states of a group", () => {
  test("hold every thread once where each process has one", () => {
    const threads = { running: 1, sleeping: 2, uninterruptible: 3, stopped: 4, zombie: 5, idle: 6 };
    expect(gauge("states", { now: { threads, leaders: none } })).toEqual({
      ...{ Running: 1, Sleeping: 2, Waiting: 3, Zombie: 5, Other: 10 },
    });
  });

  test("hold the leader of a process with several threads twice, as process-exporter does", () => {
    const now = { threads: { ...none, sleeping: 6, zombie: 1 }, leaders: { ...none, sleeping: 1, zombie: 1 } };
    expect(gauge("states", { now })).toEqual({ Running: 0, Sleeping: 7, Waiting: 0, Zombie: 2, Other: 0 });
  });

  test("are absent where they are not known, and 0 where no process lives", () => {
    expect(gauge("states", {})).toEqual({});
    expect(gauge("states", { processes: 0, threads: 0 })).toEqual({
      ...{ Running: 0, Sleeping: 0, Waiting: 0, Zombie: 0, Other: 0 },
    });
  });
});

describe("memory and descriptors of a group", () => {
  const now = { memory: { resident: 1, virtual: 2, swap: 3 }, openFds: 4, worstFdRatio: 0.5 };

  test("are those of its live processes", () => {
    expect(gauge("memory_bytes", { now })).toEqual({ resident: 1, virtual: 2, swapped: 3 });
    expect(gauge("open_filedesc", { now })).toEqual({ "": 4 });
    expect(gauge("worst_fd_ratio", { now })).toEqual({ "": 0.5 });
  });

  test("are absent where they are not known, and 0 where no process lives", () => {
    for (const name of ["memory_bytes", "open_filedesc", "worst_fd_ratio"]) {
      expect(gauge(name, { now: {} })).toEqual({});
      expect(new Set(Object.values(gauge(name, { processes: 0, threads: 0 })))).toEqual(new Set([0]));
    }
  });
});

test("the oldest start is in whole seconds, and absent where no process lives", () => {
  expect(gauge("oldest_start_time_seconds", { oldestStart: 1_700_000_000.99 })).toEqual({ "": 1_700_000_000 });
  expect(gauge("oldest_start_time_seconds", { processes: 0 })).toEqual({});
});

test("errors of scrapes are on every page, summed up over their codes", () => {
  const codes = [
    { labels: { code: "NOT_READY" }, value: 2 },
    { labels: { code: "TIMEOUT" }, value: 3 },
  ];
  const page = { ...pageOf(), exporter: { scrapeErrors: codes, queriesUnanswered: [{ value: 7 }] } };
  expect(valuesOf("namedprocess_scrape_errors", page)).toEqual({ "": 5 });
  expect(valuesOf("namedprocess_scrape_procread_errors", page)).toEqual({ "": 7 });
  expect(valuesOf("namedprocess_scrape_partial_errors", page)).toEqual({ "": 0 });
});

describe("the page", () => {
  const page = pageOf(group());
  const text = async (processExporterNames?: boolean): Promise<string> => {
    const options = { runtimeMetrics: false, ...(processExporterNames === undefined ? {} : { processExporterNames }) };
    return (await createExposition(options).render(page, "text")).toString();
  };

  test("has none of these names unless they are asked for, and the same lines besides", async () => {
    const [plain, both] = [await text(), await text(true)];
    expect(await text(false)).toBe(plain);
    expect(plain).not.toContain("namedprocess_");
    expect(both.startsWith(plain.trimEnd())).toBe(true);
    const added = [...parsePage(both).names].filter((name) => !parsePage(plain).names.has(name));
    expect(added.filter((name) => !name.startsWith("namedprocess_"))).toEqual([]);
    expect(added.length).toBeGreaterThan(10);
  });

  test("shows a scraper a new group's counters first with 0, and its gauges as they are", () => {
    const account = accountOf({ cpu_run_virtual_total: 4e9, ac_utime: 1, ac_minflt: 9 });
    const born = { ...groupOf("web", account), processes: 2 };
    const tracker = createNewSeriesTracker();
    tracker.note(pageOf());
    const { shown, asIs } = tracker.note(pageOf(born)).since(1, pageOf(born)) ?? { shown: page, asIs: page };
    const cpu = "namedprocess_namegroup_cpu_seconds_total";
    expect([valuesOf(cpu, shown), valuesOf(cpu, asIs)]).toEqual([
      { user: 0, system: 0 },
      { user: 4, system: 0 },
    ]);
    expect(valuesOf("namedprocess_namegroup_minor_page_faults_total", shown)).toEqual({ "": 0 });
    expect(valuesOf("namedprocess_namegroup_num_procs", shown)).toEqual({ "": 2 });
  });
});
