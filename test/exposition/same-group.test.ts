import { describe, expect, test } from "@jest/globals";
import { recordExit, showSums, type Account } from "../../src/account/account.ts";
import { createHistogram } from "../../src/account/histogram.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { createThreadNames } from "../../src/account/thread-names.ts";
import { copyGroup, type GroupFigures } from "../../src/exposition/page.ts";
import { isSameGroup } from "../../src/exposition/same-group.ts";
import { createRecord } from "../../src/taskstats/record.ts";
import { accountOf, groupOf } from "../support/page-figures.ts";

const createGroup = (): GroupFigures => groupOf("job", accountOf({ ac_minflt: 3 }));

test("a group shows the same as its copy, whichever is compared with the other", () => {
  const group = createGroup();
  expect(isSameGroup(group, copyGroup(group))).toBe(true);
  expect(isSameGroup(copyGroup(group), group)).toBe(true);
});

describe("a group shows other figures than its copy when", () => {
  test.each<[string, (account: Account) => unknown]>([
    ["a sum that is shown has grown", (account) => account.raised++],
    ["a maximum has grown", (account) => (account.largest[slotOf("blkio_delay_max")] = 9)],
    ["a process was started", (account) => account.starts++],
    ["a thread has exited", (account) => account.threadExits++],
    ["a quota has throttled it for the first time", (account) => (account.throttledNs = 0)],
    ["another process has exited as one before", (account) => account.exits.set(0, 1)],
    ["a process has exited in another way", (account) => account.exits.set(9, 0)],
    ["a histogram is new", (account) => (account.histograms[0] = createHistogram([1]))],
    ["the histograms are others", (account) => (account.plan = [])],
    ["figures by the names of its threads are new", (account) => (account.threadNames = createThreadNames(1))],
  ])("%s", (_when, change) => {
    const group = createGroup();
    const copy = copyGroup(group);
    change(group.account);
    expect(isSameGroup(group, copy)).toBe(false);
  });

  test("a histogram has one more observation", () => {
    const group = createGroup();
    const record = createRecord().fill(1);
    recordExit(group.account, 0, { process: record, last: record });
    const copy = copyGroup(group);
    expect(isSameGroup(group, copy)).toBe(true);
    const [first] = group.account.histograms;
    if (first !== undefined) first.count++;
    expect(isSameGroup(group, copy)).toBe(false);
  });

  test.each<[string, Partial<GroupFigures> & Readonly<Record<string, unknown>>]>([
    ["it has other labels", { labels: { groupname: "job" } }],
    ["it has another number of processes", { processes: 2 }],
    ["it has another number of threads", { threads: 2 }],
    ["its oldest process is another one", { oldestStart: 5 }],
    ["its sums are others than those of the account", { sums: Float64Array.of(1) }],
    ["figures by the names of its threads are shown", { threadNames: new Map() }],
  ])("%s", (_when, change) => {
    const group = createGroup();
    const changed = { ...group, ...change };
    expect(isSameGroup(changed, copyGroup(group))).toBe(false);
    expect(isSameGroup(group, copyGroup(changed))).toBe(false);
  });
});

test("a sum shows that it has grown once it is shown", () => {
  const group = createGroup();
  const copy = copyGroup(group);
  group.account.exact[slotOf("ac_minflt")] = 4;
  expect(showSums(group.account)).toBe(group.sums);
  expect(isSameGroup(group, copy)).toBe(false);
});

test("what no page shows is not compared", () => {
  const group = createGroup();
  const copy = copyGroup({ ...group, created: 7 });
  group.account.exact[0] = 1;
  group.account.processes = 7;
  expect(isSameGroup(group, copy)).toBe(true);
});

describe("a group shows other figures than its copy when its processes now have", () => {
  const threads = { running: 0, sleeping: 1, uninterruptible: 0, stopped: 0, zombie: 0, idle: 0 };
  const memory = { resident: 1, virtual: 2, swap: 0 };
  const now = { threads, leaders: threads, uninterruptibleSeconds: 0, memory, openFds: 3, worstFdRatio: 0.5 };

  test.each([
    ["another state", { ...now, threads: { ...threads, zombie: 1 } }],
    ["another state of a leader", { ...now, leaders: { ...threads, idle: 1 } }],
    ["a longer wait", { ...now, uninterruptibleSeconds: 9 }],
    ["more memory", { ...now, memory: { ...memory, swap: 4 } }],
    ["more descriptors", { ...now, openFds: 4 }],
    ["a descriptor nearer to the limit", { ...now, worstFdRatio: 0.6 }],
    ["descriptors that are not known", { ...now, openFds: undefined }],
    ["nothing that is known", undefined],
  ])("%s", (_what, other) => {
    const group = { ...createGroup(), now };
    expect(isSameGroup(group, { ...copyGroup(group), now: structuredClone(now) })).toBe(true);
    for (const [one, two] of [
      [now, other],
      [other, now],
    ]) {
      expect(isSameGroup({ ...group, now: one as typeof now }, { ...copyGroup(group), now: two as typeof now })).toBe(
        false,
      );
    }
  });
});
