/** An exporter on a fake kernel: the whole program but the sockets, the clock and HTTP. */

import type { ExecWatcher } from "../../src/execs/exec-watcher.ts";
import type { GroupingRules } from "../../src/collect/groups/grouping-rules.ts";
import { defaultGroupingRules } from "../../src/default-grouping-rules.ts";
import { createExporter, type ExitHooks, type Exporter, type ExporterConfig } from "../../src/exporter.ts";
import type { PodWatch } from "../../src/kubernetes/watch.ts";
import { createPageCopier } from "../../src/exposition/page-copier.ts";
import { createExposition } from "../../src/exposition/exposition.ts";
import type { Page } from "../../src/exposition/page.ts";
import { createFakeCommandLines, type FakeCommandLines } from "./fake-command-lines.ts";
import { createFakeProc, type FakeProc } from "./fake-proc.ts";
import type { FakeKernel } from "./fake-kernel.ts";
import { fakeUsers } from "./fake-users.ts";
import { createProcReader, type ProcReader } from "../../src/procfs/read.ts";
import type { UserNames } from "../../src/procfs/users.ts";
import { stateCollectors } from "../../src/fields/state-metrics.ts";
import { parsePage, type ScrapedPage } from "./page.ts";

export interface FakeExporter {
  readonly exporter: Exporter;
  readonly proc: FakeProc;
  readonly commandLines: FakeCommandLines;
  /** What was logged, one line each. */
  readonly log: readonly string[];
  scrape(): Promise<ScrapedPage>;
  /** The page's text. */
  page(format?: "text" | "openmetrics"): Promise<string>;
  stop(): void;
}

const defaults: ExporterConfig = {
  exitsEnabled: true,
  exitsReceiveBufferBytes: 2 ** 25,
  cgroupDirectories: [],
  // Tests discover by scraping.
  discoveryIntervalMs: 3_600_000,
  kernelThreads: false,
  children: true,
  stateCollectors: new Set(stateCollectors),
  threadNames: false,
};

export interface FakeExporterOptions extends Partial<ExporterConfig> {
  /** The rules of the configuration that differ from the default. */
  readonly groupingRules?: Partial<GroupingRules> | (() => GroupingRules);
  /** The exec watcher, where rules need one; none where left out. */
  readonly watcher?: ExecWatcher | undefined;
  /** Names of users; their ids where left out. */
  readonly users?: UserNames;
  /** The pods of the node, where series name containers. */
  readonly pods?: PodWatch | undefined;
  /** What is told of exits as they happen. */
  readonly hooks?: ExitHooks;
  /** Wraps the reader of /proc, to make it fail. */
  readonly wrapProc?: (reader: ProcReader) => ProcReader;
}

/** Creates an exporter that has not started. */
export function createFakeExporter(kernel: FakeKernel, options: FakeExporterOptions = {}): FakeExporter {
  const { groupingRules, watcher, pods, hooks, ...rest } = options;
  const { wrapProc = (reader: ProcReader): ProcReader => reader, ...config } = rest;
  const proc = createFakeProc(kernel);
  const commandLines = createFakeCommandLines(proc.root);
  const log: string[] = [];
  const note = (fields: object, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const exporter = createExporter({
    ...hooks,
    netlink: kernel,
    proc: wrapProc(createProcReader(proc.root)),
    schedFeaturesPath: "/nonexistent",
    cpulist: kernel.cpulist,
    clock: kernel.clock,
    tickNs: 4_000_000,
    config: { ...defaults, ...config },
    // eslint-disable-next-line @typescript-eslint/require-await -- one that throws must reject
    loadGroupingRules: async () =>
      typeof groupingRules === "function" ? groupingRules() : { ...defaultGroupingRules, ...groupingRules },
    users: options.users ?? fakeUsers,
    pods,
    commandLines,
    watchExecs: () => (watcher === undefined ? Promise.reject(new Error("no watcher")) : Promise.resolve(watcher)),
    log: { debug: note, info: note, warn: note, error: note },
    countLinesDropped: () => 0,
    privileges: undefined,
    pid: kernel.self,
    version: "0.0.0",
    causeThreadExit() {
      kernel.endThread(kernel.startThread(kernel.self, { figures: { nvcsw: 20 } }).tid);
      return Promise.resolve();
    },
  });
  const exposition = createExposition({ runtimeMetrics: false });
  const ofCopies = createExposition({ runtimeMetrics: false });
  const copier = createPageCopier(kernel.clock.unixSeconds());

  /** Writes the page as scrapers get it: with what has not changed since the page before taken from that one. */
  async function writeAfterFormer(copied: Page): Promise<string> {
    const parts = (await ofCopies.renderParts(copied, "text", () => true)) ?? [];
    return Buffer.concat(parts.map(({ bytes }) => bytes)).toString();
  }

  // Pages are prepared to show new series as 0 first; the text has their values all the same.
  const page: FakeExporter["page"] = async (format = "text") => {
    const figures = await exporter.collect(() => "zero");
    const copied = copier.copy(figures, kernel.clock.unixSeconds());
    const bytes = await exposition.render(figures, format);
    const text = await writeAfterFormer(copied);
    if (format === "text" && text !== bytes.toString())
      throw new Error("what has changed since the page before was not found");
    return bytes.toString();
  };
  return {
    exporter,
    proc,
    commandLines,
    log,
    page,
    scrape: async () => parsePage(await page()),
    stop() {
      exporter.stop();
      proc.dispose();
    },
  };
}

/** Creates an exporter and starts it. */
export async function startFakeExporter(kernel: FakeKernel, options: FakeExporterOptions = {}): Promise<FakeExporter> {
  const fake = createFakeExporter(kernel, options);
  await fake.exporter.start();
  return fake;
}
