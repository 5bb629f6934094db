/** What greedy clients cost the exporter, and the clients beside them, while tasks exit at full speed. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { readMemory, readWaitNs } from "../test/support/usage.ts";
import { profilerFlags, type Arguments } from "./arguments.ts";
import { startExporter } from "./exporter.ts";
import { request, scrape, valueOf, type Scrape } from "./scraper.ts";
import { formatNumber, formatTable, formatTarget } from "./table.ts";
import { runStorm, startGroups } from "../test/support/workload-runs.ts";

export const defaults = { groups: 1000, ends: 50_000 };

const plain = "GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n";
const packed = plain.replace("\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n");

/** Clients that are alike: each connection sends `sends`, and then reads all that comes or nothing. */
interface Crowd {
  readonly title: string;
  readonly connections: number;
  readonly sends: string;
  readonly reads: boolean;
}

const crowds: readonly Crowd[] = [
  { title: "nobody", connections: 0, sends: "", reads: false },
  { title: "1,500 requests on a connection, read", connections: 1, sends: plain.repeat(1500), reads: true },
  { title: "300 requests on a connection, not read", connections: 1, sends: plain.repeat(300), reads: false },
  { title: "100 that read nothing", connections: 100, sends: plain, reads: false },
  { title: "50 that read, 10 requests each", connections: 50, sends: plain.repeat(10), reads: true },
  { title: "40 that read nothing, with gzip", connections: 40, sends: packed, reads: false },
];

interface Cost {
  readonly title: string;
  readonly peakBytes: number;
  /** Wall time of a scrape beside the crowd; undefined where that was refused. */
  readonly scrapeMs: number | undefined;
  readonly healthMs: number;
  readonly ends: number;
  readonly lost: number;
  /** How long the exporter's main thread was ready to run and had no CPU. */
  readonly waitNs: number;
}

async function connectAll(metricsUrl: string, { connections, sends, reads }: Crowd): Promise<Socket[]> {
  const port = Number(new URL(metricsUrl).port);
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(sends);
    if (reads) socket.resume();
    else socket.pause();
  }
  return sockets;
}

/** Asks until a page comes: the exporter cuts off clients that read nothing only after some time. */
async function firstPage(metricsUrl: string): Promise<Scrape> {
  for (;;) {
    const page = await request(metricsUrl);
    if (page.status === 200) return page;
  }
}

async function measure(crowd: Crowd, ends: number, nodeFlags: readonly string[]): Promise<Cost> {
  const exporter = await startExporter(nodeFlags);
  const { pid, metricsUrl } = exporter;
  await scrape(metricsUrl);
  const storm = runStorm("threads", ends);
  const sockets = await connectAll(metricsUrl, crowd);
  const health = await request(new URL("/-/healthy", metricsUrl).href);
  const beside = await request(metricsUrl);
  const { count } = await storm;
  const page = await firstPage(metricsUrl);
  for (const socket of sockets) socket.destroy();
  const [peakBytes, waitNs] = [readMemory(pid).peak, readWaitNs(pid)];
  await exporter.stop();
  return {
    ...{ title: crowd.title, peakBytes, waitNs, healthMs: health.wallMs, ends: count },
    scrapeMs: beside.status === 200 ? beside.wallMs : undefined,
    lost: valueOf(page, "taskstats_exporter_exit_events_lost_total") ?? NaN,
  };
}

/** @returns the table */
export async function run({ numbers, profileFolder }: Arguments<typeof defaults>): Promise<string> {
  const { groups, ends } = numbers;
  const sleepers = await startGroups(groups);
  const costs: Cost[] = [];
  for (const crowd of crowds) costs.push(await measure(crowd, ends, profilerFlags(profileFolder)));
  await sleepers.stop();
  const rows = costs.map(({ title, peakBytes, scrapeMs, healthMs, ends: count, lost, waitNs }) => [
    ...[title, formatNumber(peakBytes / 2 ** 20), formatNumber(healthMs, 0)],
    ...[
      scrapeMs === undefined ? "refused" : formatNumber(scrapeMs, 0),
      `${formatNumber(lost, 0)} of ${formatNumber(count, 0)}`,
    ],
    formatNumber(waitNs / 1e9),
  ]);
  const most = Math.max(...costs.map(({ peakBytes }) => peakBytes)) / 2 ** 20;
  return [
    `${formatNumber(groups, 0)} groups; tasks end at full speed beside each\n`,
    formatTable(
      ["clients", "peak memory, MiB", "health, ms", "a scrape beside them, ms", "events lost", "waited for a CPU, s"],
      rows,
    ),
    formatTarget("memory < 256 MiB, no event lost", `${formatNumber(most)} MiB at most`),
  ].join("\n");
}
