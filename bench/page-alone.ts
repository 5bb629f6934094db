/**
 * What a page costs without the scrape around it: from the accounts of 900 groups to the bytes that are sent, by the exporter's own code in
 * this process, beside `gzip -1` of the same bytes. Nothing is asked of the kernel, and nothing is sent.
 */

import { gzipSync } from "node:zlib";
import type { Account } from "../src/account/account.ts";
import type { Format } from "../src/exposition/series.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";
import { formatNumber, formatSpread, formatTable } from "./table.ts";

/** Modules of the built program: tsx would compile the sources in another way, which makes them slower. */
type Sources = {
  "account/account": typeof import("../src/account/account.ts");
  "account/histogram-plan": typeof import("../src/account/histogram-plan.ts");
  "collect/availability": typeof import("../src/collect/availability.ts");
  "collect/page-builder": typeof import("../src/collect/page-builder.ts");
  "exposition/exposition": typeof import("../src/exposition/exposition.ts");
  "fields/group-metrics": typeof import("../src/fields/group-metrics.ts");
  "http/shared-pages": typeof import("../src/http/shared-pages.ts");
  "taskstats/record": typeof import("../src/taskstats/record.ts");
};

const load = async <K extends keyof Sources>(name: K): Promise<Sources[K]> =>
  (await import(`../dist/${name}.js`)) as Sources[K];

const { createAccount } = await load("account/account");
const { createHistogramPlan } = await load("account/histogram-plan");
const { createAvailability } = await load("collect/availability");
const { buildPage } = await load("collect/page-builder");
const { createExposition } = await load("exposition/exposition");
const { histogramMetrics } = await load("fields/group-metrics");
const { createSharedPages } = await load("http/shared-pages");
const { createRecord } = await load("taskstats/record");

const groupCount = 900;

/** V8 has optimized what runs often after so many pages. */
const warmUps = 100;

/** Shares of the groups whose figures are others on each page. */
const changedShares = [0, 0.1, 1];

export interface PageCost {
  readonly format: Format;
  readonly changedShare: number;
  readonly series: number;
  readonly bytes: number;
  readonly cpuMs: Spread;
  /** CPU time that gzip needs for the same bytes, at its fastest; measured after each page. */
  readonly gzipMs: Spread;
  /** Page by page. */
  readonly ratio: Spread;
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** CPU time of `gzip -1`, in milliseconds. */
export function measureGzip(bytes: Buffer): number {
  const before = process.cpuUsage();
  gzipSync(bytes, { level: 1 });
  return cpuMsSince(before);
}

/** Without delay accounting, as on the machine of the other table. */
const { has } = createAvailability({ record: createRecord().fill(1), ioAccounting: true });

const plan = createHistogramPlan(histogramMetrics);

/** One page after the other of the same groups, each with one process. */
function createPages() {
  const members = Array.from({ length: groupCount }, (_, index) => ({
    ...{ labels: { groupname: `group-${index}` }, ruleLabels: {}, account: createAccount(plan) },
  }));
  for (const { account } of members) account.exact.forEach((_, slot) => (account.exact[slot] = 1e6 + 977 * slot));
  const processes = new Map(
    members.map((group, tgid) => [tgid, { group, threadCount: 1, startTicks: tgid, ended: false }]),
  );
  const groups = { list: () => members, notePage: () => undefined };
  const collector = { groups, processes, states: { sum: () => undefined, oldestSeconds: undefined } };
  const exposition = createExposition({ runtimeMetrics: false });
  const pages = createSharedPages({
    exposition,
    collect: () => {
      const figures = buildPage(collector as never, { seconds: 1.8e9 }, "figures");
      return Promise.resolve({ groups: figures, histograms: plan, has, exitsUp: true, exporter: {} });
    },
  });
  return { accounts: members.map(({ account }) => account), pages, exposition };
}

/** All of the group's sums grow, as those of a process that has run. */
function run(account: Account): void {
  account.exact.forEach((value, slot) => (account.exact[slot] = value + 977 + slot));
}

async function measure(format: Format, changedShare: number, rounds: number): Promise<PageCost> {
  const { accounts, pages, exposition } = createPages();
  const changed = accounts.filter((_, index) => index % 10 < 10 * changedShare);
  const form = { format, compressed: false, since: undefined };
  const { signal } = new AbortController();
  const [cpuMs, gzipMs]: [number[], number[]] = [[], []];
  let bytes = Buffer.alloc(0);
  for (let round = -warmUps; round < rounds; round++) {
    changed.forEach(run);
    const before = process.cpuUsage();
    const { body } = await pages.take(form, signal);
    const taken = cpuMsSince(before);
    if (round < 0) continue;
    bytes = Buffer.concat(body.parts);
    cpuMs.push(taken);
    gzipMs.push(measureGzip(bytes));
  }
  return {
    ...{ format, changedShare, series: exposition.seriesCount, bytes: bytes.length },
    ...{ cpuMs: spreadOf(cpuMs), gzipMs: spreadOf(gzipMs), ratio: ratioOf(cpuMs, gzipMs) },
  };
}

/** Measures each format with each share of groups that change. */
export async function measurePages(rounds: number): Promise<readonly PageCost[]> {
  const costs: PageCost[] = [];
  for (const format of ["text", "protobuf"] as const) {
    for (const share of changedShares) costs.push(await measure(format, share, rounds));
  }
  return costs;
}

export function formatPageCosts(costs: readonly PageCost[]): string {
  return formatTable(
    ["the page alone", "groups that change", "series", "bytes", "CPU ms", "gzip -1 ms", "CPU / gzip -1"],
    costs.map(({ format, changedShare, series, bytes, cpuMs, gzipMs, ratio }) => [
      ...[format, `${formatNumber(100 * changedShare, 0)} %`, formatNumber(series, 0), formatNumber(bytes, 0)],
      ...[formatSpread(cpuMs), formatSpread(gzipMs), formatSpread(ratio, 2)],
    ]),
  );
}
