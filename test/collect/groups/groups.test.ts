/** Which groups exist, for how long, and on which pages. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createGroups, type GroupOptions } from "../../../src/collect/groups/groups.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

test("groups beyond the limit share the group other, lose nothing, and are counted", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  fake = await startFakeExporter(kernel, { grouping: { maxGroups: 4 } });
  kernel.advance(1_000_000);
  const names = ["a", "b", "c", "d", "e", "d"];
  for (const comm of names) {
    const { tgid } = kernel.fork({ comm });
    kernel.add(tgid, { ac_minflt: 10, cpu_count: 1, cpu_run_virtual_total: 1000 });
    kernel.endProcess(tgid);
  }
  const page = await fake.scrape();
  const ends = (groupname: string) => page.sum("taskstats_process_exits_total", { groupname });
  // The exporter's own group is the first of the four.
  expect(["a", "b", "c", "d", "e", "other"].map(ends)).toEqual([1, 1, 1, 0, 0, 3]);
  expect(page.sum("taskstats_page_faults_total", { kind: "minor" })).toBe(60);
  expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(3);
  expect(page.value("taskstats_exporter_groups")).toBe(5);
});

describe("groups", () => {
  const options: GroupOptions = {
    maxGroups: 10,
    groupRetentionMs: 60_000,
    endedPodRetentionMs: 30_000,
    declared: [],
    histograms: [],
  };
  const named = (groupname: string) => ({ groupname });
  const minute = 60e6;
  const nobody: ReadonlySet<never> = new Set();
  const namesOf = (groups: ReturnType<typeof createGroups>) => groups.list().map(({ labels }) => labels["groupname"]);

  test("without processes leave after their time, and come back with their counters while scrapers may remember them", () => {
    const groups = createGroups(options);
    const group = groups.get(named("a"));
    group.account.starts = 5;
    groups.expire(nobody, 0);
    groups.expire(nobody, 0.9 * minute);
    expect(namesOf(groups)).toEqual(["a"]);
    groups.expire(nobody, minute);
    expect([namesOf(groups), groups.size]).toEqual([[], 0]);
    groups.expire(nobody, 10 * minute);
    expect(groups.get(named("a"))).toBe(group);
    expect(namesOf(groups)).toEqual(["a"]);
  });

  test("that were absent for longer than scrapers look back begin anew, and make room", () => {
    const groups = createGroups({ ...options, maxGroups: 1 });
    groups.get(named("a")).account.starts = 5;
    groups.expire(nobody, 0);
    groups.expire(nobody, minute);
    groups.expire(nobody, 11 * minute);
    expect(groups.get(named("b")).labels).toEqual(named("b"));
    expect(groups.overflowed).toBe(0);
  });

  test("stay while they have a process, or while threads end in them", () => {
    const groups = createGroups(options);
    const alive = groups.get(named("alive"));
    const busy = groups.get(named("busy"));
    for (let at = 0; at < 20 * minute; at += minute / 2) {
      busy.account.threadExits++;
      groups.expire(new Set([alive.account]), at);
    }
    expect(namesOf(groups)).toEqual(["alive", "busy"]);
  });

  test("that are declared exist from the start and never leave, until another configuration does not name them", () => {
    const groups = createGroups({ ...options, declared: [named("web")] });
    groups.expire(nobody, 0);
    groups.expire(nobody, 100 * minute);
    expect(namesOf(groups)).toEqual(["web"]);
    groups.configure(options);
    groups.expire(nobody, 101 * minute);
    expect(namesOf(groups)).toEqual([]);
  });

  test("differ where any label does, and a name cannot pose as another group's labels", () => {
    const groups = createGroups(options);
    const one = groups.get({ groupname: "a", team: "x" });
    expect(groups.get({ groupname: "a", team: "x" })).toBe(one);
    const others = [
      groups.get(named("a")),
      groups.get({ groupname: "a", team: "y" }),
      groups.get(named('{"groupname":"a","team":"x"}')),
    ];
    expect(new Set([one, ...others]).size).toBe(4);
  });

  test("come back with their counters within ten minutes of leaving, however long they were idle before", () => {
    const groups = createGroups(options);
    groups.get(named("a")).account.starts = 5;
    groups.expire(nobody, 0);
    groups.expire(nobody, 20 * minute);
    expect(namesOf(groups)).toEqual([]);
    groups.expire(nobody, 29 * minute);
    expect(groups.get(named("a")).account.starts).toBe(5);
  });

  test("of a pod that was gone do not come back because nobody knows that any more", () => {
    const groups = createGroups(options);
    groups.get(named("a"));
    groups.expire(nobody, 0);
    groups.expire(nobody, 0.6 * minute, () => true);
    groups.expire(nobody, 0.7 * minute, () => false);
    expect(namesOf(groups)).toEqual([]);
  });

  test("of a pod that is gone leave sooner, counted from the last end in it", () => {
    const groups = createGroups(options);
    const container = { key: "1", labels: { namespace: "shop", pod: "web-0" }, interim: undefined };
    const group = groups.get(named("a"), container);
    groups.get(named("b"));
    const isGone = ({ pod }: Readonly<Record<string, string>>) => pod === "web-0";
    groups.expire(nobody, 0, isGone);
    group.account.threadExits++;
    groups.expire(nobody, 0.4 * minute, isGone);
    groups.expire(nobody, 0.8 * minute, isGone);
    expect(namesOf(groups)).toEqual(["a", "b"]);
    groups.expire(nobody, 0.9 * minute, isGone);
    expect(namesOf(groups)).toEqual(["b"]);
  });
});
