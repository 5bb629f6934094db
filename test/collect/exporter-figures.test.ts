/** The exporter's figures about itself: what is on the page, and what has no series. */

import { describe, expect, test } from "@jest/globals";
import { createCounters, increment } from "../../src/collect/counters.ts";
import { createExporterFigures, type ExporterState } from "../../src/collect/exporter-figures.ts";
import { exporterMetrics } from "../../src/fields/exporter-metrics.ts";
import { delayKinds } from "../../src/fields/fields.ts";

/** What is absent without pods, rules that need the exec watcher, and so on. */
const plain: ExporterState = {
  version: "1.2.3",
  kernel: { release: "6.18.0", structVersion: 16, structBytes: 560 },
  delayacctEnabled: true,
  processesWithoutDelayacct: 3,
  delayKinds: ["cpu", "blkio"],
  exitsUp: true,
  execWatcherUp: undefined,
  logLinesDropped: 4,
  privileges: undefined,
  unreadable: new Map(),
  oldestReadingSeconds: undefined,
  uncertainRunNs: undefined,
  groups: 5,
  groupsOverflowed: 6,
  groupsEvicted: 7,
  threadNamesOverflowed: 8,
  pods: undefined,
  configuration: { loadedAt: 1000, successful: false },
};

const figures = (state: Partial<ExporterState> = {}, counters = createCounters()) =>
  createExporterFigures(counters, { ...plain, ...state });

test("there is a figure for each metric of the table", () => {
  expect(Object.keys(figures()).sort()).toEqual(Object.keys(exporterMetrics).sort());
});

test("kernel and build are labels of the value 1, and states are 0 or 1", () => {
  const { buildInfo, kernelInfo, delayacctEnabled, exitListenerUp, configReloadSuccessful } = figures();
  expect(buildInfo).toEqual([{ labels: { version: "1.2.3", node_version: process.version }, value: 1 }]);
  expect(kernelInfo).toEqual([{ labels: { release: "6.18.0", struct_version: "16", struct_bytes: "560" }, value: 1 }]);
  expect([delayacctEnabled, exitListenerUp, configReloadSuccessful]).toEqual([
    [{ value: 1 }],
    [{ value: 1 }],
    [{ value: 0 }],
  ]);
});

test("counts are shown by their labels", () => {
  const counters = createCounters();
  for (const code of ["MESSAGE_LENGTH", "MESSAGE_LENGTH", "MESSAGE_TYPE"]) increment(counters.malformed, code);
  counters.exitAttribution.unidentified_user = 2;
  const { messagesMalformed, exitAttribution, requestsRejected } = figures({}, counters);
  expect(messagesMalformed).toEqual([
    { labels: { code: "MESSAGE_LENGTH" }, value: 2 },
    { labels: { code: "MESSAGE_TYPE" }, value: 1 },
  ]);
  expect(exitAttribution).toContainEqual({ labels: { by: "unidentified_user" }, value: 2 });
  expect(exitAttribution).toContainEqual({ labels: { by: "tracked" }, value: 0 });
  expect(requestsRejected).toEqual([]);
});

test("implausible delays are shown for the kinds that this kernel has, their length in seconds", () => {
  const counters = createCounters();
  const blkio = delayKinds.indexOf("blkio");
  counters.implausible.waits[blkio] = 2;
  counters.implausible.ns[blkio] = 3e9;
  const { implausibleDelays, implausibleDelaySeconds } = figures({}, counters);
  expect(implausibleDelays).toEqual([
    { labels: { kind: "cpu" }, value: 0 },
    { labels: { kind: "blkio" }, value: 2 },
  ]);
  expect(implausibleDelaySeconds).toContainEqual({ labels: { kind: "blkio" }, value: 3 });
});

describe("there is no series", () => {
  test("of the exec watcher where no rule needs it", () => {
    const names = ["execWatcherUp", "execEvents", "execEventsLost"] as const;
    const counters = Object.assign(createCounters(), { execs: 8, execsLost: 1 });
    expect(names.map((name) => figures({}, counters)[name])).toEqual([[], [], []]);
    const shown = figures({ execWatcherUp: false }, counters);
    expect(names.map((name) => shown[name])).toEqual([[{ value: 0 }], [{ value: 8 }], [{ value: 1 }]]);
  });

  test("of fork events where they are not followed", () => {
    const counters = createCounters();
    expect([figures().forkEventsLost, figures().exitRecordsUnattributed]).toEqual([[], []]);
    counters.forks = { lost: 2, unattributed: 3 };
    const shown = figures({}, counters);
    expect([shown.forkEventsLost, shown.exitRecordsUnattributed]).toEqual([[{ value: 2 }], [{ value: 3 }]]);
  });

  test("of pods where they are not watched", () => {
    const names = ["podWatchUp", "podWatchErrors", "pods", "containersUnnamed"] as const;
    expect(names.map((name) => figures()[name])).toEqual([[], [], [], []]);
    const pods = { up: true, errors: new Map([["POD_WATCH", 2]]), count: 30, containersUnnamed: 1 };
    const shown = figures({ pods });
    expect(names.map((name) => shown[name])).toEqual([
      [{ value: 1 }],
      [{ labels: { code: "POD_WATCH" }, value: 2 }],
      [{ value: 30 }],
      [{ value: 1 }],
    ]);
  });

  test("of uncertain CPU time and of privileges where they are not known", () => {
    expect([figures().cpuRunUncertain, figures().privilegesInfo]).toEqual([[], []]);
    const shown = figures({ uncertainRunNs: 4_000_000, privileges: { euid: "0" } });
    expect([shown.cpuRunUncertain, shown.privilegesInfo]).toEqual([
      [{ value: 0.004 }],
      [{ labels: { euid: "0" }, value: 1 }],
    ]);
  });
});
