/** An exporter on a fake kernel: the whole program but the sockets, the clock and HTTP. */

import { createExporter, type Exporter, type ExporterConfig } from "../../src/exporter.ts";
import { createExposition } from "../../src/exposition/registry.ts";
import { createFakeProc, type FakeProc } from "./fake-proc.ts";
import type { FakeKernel } from "./fake-kernel.ts";
import { parsePage, type ScrapedPage } from "./page.ts";

export interface FakeExporter {
  readonly exporter: Exporter;
  readonly proc: FakeProc;
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
  // Tests discover by scraping.
  discoveryIntervalMs: 3_600_000,
  kernelThreads: false,
  maxGroups: 1000,
};

/** Creates an exporter that has not started. */
export function createFakeExporter(kernel: FakeKernel, config: Partial<ExporterConfig> = {}): FakeExporter {
  const proc = createFakeProc(kernel);
  const log: string[] = [];
  const note = (fields: object, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const exporter = createExporter({
    netlink: kernel,
    procRoot: proc.root,
    cpulist: kernel.cpulist,
    clock: kernel.clock,
    config: { ...defaults, ...config },
    log: { info: note, warn: note, error: note },
    pid: kernel.self,
    version: "0.0.0",
    endThread() {
      kernel.endThread(kernel.startThread(kernel.self, { figures: { nvcsw: 20 } }).tid);
      return Promise.resolve();
    },
  });
  const exposition = createExposition({ runtimeMetrics: false });
  const page: FakeExporter["page"] = async (format = "text") => exposition.render(await exporter.collect(), format);
  return {
    exporter,
    proc,
    log,
    page,
    scrape: async () => parsePage(await page()),
    stop() {
      exporter.stop();
      proc.dispose();
    },
  };
}

/** Creates and starts one. */
export async function startFakeExporter(
  kernel: FakeKernel,
  config: Partial<ExporterConfig> = {},
): Promise<FakeExporter> {
  const fake = createFakeExporter(kernel, config);
  await fake.exporter.start();
  return fake;
}
