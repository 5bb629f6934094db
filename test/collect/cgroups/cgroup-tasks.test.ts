/** Control groups on pages, with directories that come and go, on the fake kernel. */

import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemOpener } from "../../../src/collect/cgroups/cgroup-reader.ts";
import { createCgroupTasks } from "../../../src/collect/cgroups/cgroup-tasks.ts";
import type { LabelledValue } from "../../../src/exposition/page.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { createFakeTime } from "../../support/fake-time.ts";
import { startFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";
import { until } from "../../support/until.ts";
import { createCgroupClient } from "../../../src/taskstats/cgroup-client.ts";

let root: string;
let one: string;
let two: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cgroup-"));
  [one, two] = [join(root, "one"), join(root, "two")];
  for (const path of [one, two]) mkdirSync(path);
});
afterEach(() => rmSync(root, { recursive: true }));

const states = ["sleeping", "running", "stopped", "uninterruptible", "io_wait"];

const valuesOf = (values: readonly LabelledValue[], cgroup: string): readonly number[] =>
  values.filter(({ labels }) => labels?.["cgroup"] === cgroup).map(({ value }) => value);

function start(directories: readonly string[], { opener = systemOpener } = {}) {
  const kernel = createFakeKernel();
  const time = createFakeTime();
  const socket = kernel.open({ receiveBufferBytes: 2 ** 16, slots: 2 });
  const client = createCgroupClient({ socket, familyId: kernel.familyId, onMalformed: () => undefined });
  const errors = new Map<string, number>();
  const log: string[] = [];
  const tasks = createCgroupTasks({
    ...{ directories, client, errors, opener, timer: time.timer },
    onFailed: (error) => log.push(String(error)),
    onRecovered: (directory) => log.push(`recovered ${directory}`),
  });
  for (const [index, path] of directories.entries()) kernel.cgroups.set(path, [index + 1, 0, 0, 0, 7]);
  return { kernel, time, tasks, errors, log, socket };
}

describe("control groups", () => {
  test("have five series each, in the order in which they were given", async () => {
    const { tasks, errors, log } = start([two, one]);
    const values = await tasks.read();
    expect(values.map(({ labels }) => labels)).toEqual(
      [two, one].flatMap((cgroup) => states.map((state) => ({ cgroup, state }))),
    );
    expect([valuesOf(values, two), valuesOf(values, one)]).toEqual([
      [1, 0, 0, 0, 7],
      [2, 0, 0, 0, 7],
    ]);
    expect([[...errors], log]).toEqual([[], []]);
  });

  test("have the same objects of labels on each page, which cost the page least", async () => {
    const { tasks } = start([one]);
    const [first] = await tasks.read();
    const [second] = await tasks.read();
    expect(second?.labels).toBe(first?.labels);
  });

  test("have no series while they fail, are counted for each page, and logged once for each way to fail", async () => {
    const { tasks, errors, log, kernel } = start([one, two]);
    rmdirSync(one);
    for (let page = 0; page < 3; page++) {
      const values = await tasks.read();
      expect([valuesOf(values, one), valuesOf(values, two)]).toEqual([[], [2, 0, 0, 0, 7]]);
    }
    expect([...errors]).toEqual([["CGROUP_MISSING", 3]]);
    expect(log).toEqual([expect.stringContaining(`CGROUP_MISSING at --collector.cgroupstats=${one}: `)]);
    mkdirSync(one);
    kernel.cgroups.delete(one);
    await tasks.read();
    expect([...errors]).toEqual([
      ["CGROUP_MISSING", 3],
      ["CGROUP_UNFIT", 1],
    ]);
    expect(log).toHaveLength(2);
  });

  test("have series again when they are back, and are logged when they fail again", async () => {
    const { tasks, errors, log } = start([one]);
    rmdirSync(one);
    await tasks.read();
    mkdirSync(one);
    expect(valuesOf(await tasks.read(), one)).toEqual([1, 0, 0, 0, 7]);
    expect(log.at(-1)).toBe(`recovered ${one}`);
    rmdirSync(one);
    await tasks.read();
    expect(log).toHaveLength(3);
    expect([...errors]).toEqual([["CGROUP_MISSING", 2]]);
  });

  test("are checked at the start: failures are logged, and not counted", async () => {
    const { tasks, errors, log } = start([join(root, "none")]);
    await tasks.check();
    expect(log).toHaveLength(1);
    await tasks.read();
    expect([log.length, [...errors]]).toEqual([1, [["CGROUP_MISSING", 1]]]);
  });

  test("share the answers among pages that are made at the same time", async () => {
    const { tasks, errors } = start([join(root, "none")]);
    const [first, second] = await Promise.all([tasks.read(), tasks.read()]);
    expect(second).toBe(first);
    expect([...errors]).toEqual([["CGROUP_MISSING", 1]]);
  });

  test("fail one by one where the socket fails", async () => {
    const { tasks, errors, log, socket } = start([one, two]);
    socket.close();
    expect(await tasks.read()).toEqual([]);
    expect([...errors]).toEqual([["SOCKET_FAILED", 2]]);
    expect(log).toHaveLength(2);
  });
});

test("a directory that cannot be opened in time is given up, others have their series, and it comes back", async () => {
  let release = (): void => undefined;
  const hangs = new Promise<void>((resolve) => (release = resolve));
  let opened = 0;
  const opener = {
    ...systemOpener,
    async open(path: string) {
      if (path === one && ++opened === 1) await hangs;
      return systemOpener.open(path);
    },
  };
  const { tasks, time, errors, log } = start([one, two], { opener });
  const first = tasks.read();
  await until(() => time.pending.length > 0);
  time.advance(250);
  expect(valuesOf(await first, two)).toEqual([2, 0, 0, 0, 7]);
  expect(valuesOf(await tasks.read(), two)).toEqual([2, 0, 0, 0, 7]);
  expect([opened, [...errors]]).toEqual([1, [["CGROUP_UNREADABLE", 2]]]);
  expect(log).toEqual([expect.stringMatching(/want the directory opened within 250 ms, got a file system that hangs/)]);
  release();
  let values: readonly LabelledValue[] = [];
  for (let page = 0; page < 1000 && valuesOf(values, one).length === 0; page++) values = await tasks.read();
  expect(valuesOf(values, one)).toEqual([1, 0, 0, 0, 7]);
  expect(log.at(-1)).toBe(`recovered ${one}`);
});

describe("the page of an exporter", () => {
  let fake: FakeExporter | undefined;
  afterEach(() => fake?.stop());

  test("has the control groups' series, and is whole without those of a directory that is gone", async () => {
    const kernel = createFakeKernel();
    kernel.cgroups.set(one, [3, 2, 4, 1, 2]).set(two, [0, 0, 0, 0, 0]);
    fake = await startFakeExporter(kernel, { cgroupDirectories: [one, two] });
    const metric = "taskstats_cgroup_tasks";
    const first = await fake.scrape();
    expect(states.map((state) => first.value(metric, { cgroup: one, state }))).toEqual([3, 2, 4, 1, 2]);
    expect(states.map((state) => first.value(metric, { cgroup: two, state }))).toEqual([0, 0, 0, 0, 0]);
    expect(first.types.get(metric)).toBe("gauge");
    expect(first.names).not.toContain("taskstats_exporter_scrape_errors_total");
    rmdirSync(two);
    await fake.scrape();
    const last = await fake.scrape();
    expect(states.map((state) => last.value(metric, { cgroup: two, state }))).toEqual(states.map(() => undefined));
    expect(last.value(metric, { cgroup: one, state: "stopped" })).toBe(4);
    expect(last.value("taskstats_exporter_scrape_errors_total", { code: "CGROUP_MISSING" })).toBe(2);
    expect(last.sum("taskstats_processes")).toBe(first.sum("taskstats_processes"));
    expect(fake.log.filter((line) => line.startsWith("a control group has no series"))).toHaveLength(1);
  });

  test("has no such metric where no control group is named, and no socket for it", async () => {
    const kernel = createFakeKernel();
    fake = await startFakeExporter(kernel);
    const without = kernel.sockets.length;
    expect((await fake.scrape()).names).not.toContain("taskstats_cgroup_tasks");
    const other = createFakeKernel();
    other.cgroups.set(one, [1, 1, 1, 1, 1]);
    fake.stop();
    fake = await startFakeExporter(other, { cgroupDirectories: [one] });
    expect(other.sockets.length).toBe(without + 1);
    fake.exporter.stop();
    expect(other.sockets.filter(({ closed }) => !closed)).toEqual([]);
  });

  test("has the directory as it was given in the label, whatever characters it has", async () => {
    const odd = `${root}/a"b\\c\nd é//`;
    mkdirSync(odd);
    const kernel = createFakeKernel();
    kernel.cgroups.set(odd.replace(/\/+$/, ""), [1, 2, 3, 4, 5]);
    fake = await startFakeExporter(kernel, { cgroupDirectories: [odd] });
    expect((await fake.scrape()).value("taskstats_cgroup_tasks", { cgroup: odd, state: "io_wait" })).toBe(5);
  });
});
