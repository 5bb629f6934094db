/** The figures of all groups for a page. */

import { expect, test } from "@jest/globals";
import { createGroupRegistry, type Group } from "../../src/collect/groups/group-registry.ts";
import { createProcess, type Process } from "../../src/collect/groups/process.ts";
import { buildPage } from "../../src/collect/page-builder.ts";
import { slotOf } from "../../src/fields/fields.ts";

const minflt = slotOf("ac_minflt");
const bootTime = { seconds: 1000 };

function setUp() {
  const options = { maxGroups: 100, groupRetentionMs: 1e6, endedPodRetentionMs: 1e6, declared: [], histograms: [] };
  const groups = createGroupRegistry(options);
  const processes = new Map<number, Process>();
  const states = { sum: () => undefined, oldestSeconds: undefined };
  function track(tgid: number, group: Group, what: Partial<Process> = {}): void {
    processes.set(tgid, Object.assign(createProcess(tgid, group), what));
  }
  return { groups, processes, track, build: () => buildPage({ groups, processes, states }, bootTime, undefined) };
}

test("processes, threads and the oldest start are those of the live processes of each group", () => {
  const { groups, track, build } = setUp();
  const [web, job] = [groups.get({ groupname: "web" }), groups.get({ groupname: "job" })];
  track(1, web, { threadCount: 3, startTicks: 500 });
  track(2, web, { threadCount: 2, startTicks: 250 });
  track(3, job, { startTicks: 100 });
  expect(build()).toMatchObject([
    { labels: { groupname: "web" }, processes: 2, threads: 5, oldestStart: 1002.5 },
    { labels: { groupname: "job" }, processes: 1, threads: 1, oldestStart: 1001 },
  ]);
});

test("a group without live processes stays on the page, without an oldest start", () => {
  const { groups, build } = setUp();
  groups.get({ groupname: "job" }).account.exact[minflt] = 7;
  const [job] = build();
  expect(job).toMatchObject({ processes: 0, threads: 0, oldestStart: undefined });
  expect(job?.sums[minflt]).toBe(7);
});

test("a process that is known by its threads' events alone has no start", () => {
  const { groups, track, build } = setUp();
  track(1, groups.get({ groupname: "crew" }));
  expect(build()).toMatchObject([{ processes: 1, oldestStart: undefined }]);
});

test("hidden and provisional groups are on no page", () => {
  const { groups, track, build } = setUp();
  track(1, groups.hidden);
  track(2, groups.createProvisional());
  expect(build()).toEqual([]);
});

test("a sum that was shown does not fall on a later page", () => {
  const { groups, build } = setUp();
  const { account } = groups.get({ groupname: "job" });
  account.exact[minflt] = 7;
  build();
  account.exact[minflt] = 5;
  expect(build()[0]?.sums[minflt]).toBe(7);
  account.exact[minflt] = 8;
  expect(build()[0]?.sums[minflt]).toBe(8);
});
