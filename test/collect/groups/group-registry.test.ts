/** Which groups exist, for how long, and what pages show of them. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { fc } from "../../support/properties.ts";
import {
  createGroupRegistry,
  type GroupOptions,
  type GroupRegistry,
} from "../../../src/collect/groups/group-registry.ts";
import { createFakeKernel, type FakeKernel } from "../../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

/** Lets a process exit that was never discovered, with ten faults. */
function endUnseen(kernel: FakeKernel, comm: string): void {
  const { tgid } = kernel.fork({ comm });
  kernel.add(tgid, { ac_minflt: 10, cpu_count: 1, cpu_run_virtual_total: 1000 });
  kernel.endProcess(tgid);
}

describe("at the limit of groups", () => {
  async function start(kernel: FakeKernel, maxGroups: number): Promise<FakeExporter> {
    kernel.advance(1_000_000);
    fake = await startFakeExporter(kernel, { groupingRules: { maxGroups } });
    kernel.advance(1_000_000);
    return fake;
  }

  test("the group that has been idle longest gives way, and its figures that no page has shown move to other", async () => {
    const kernel = createFakeKernel();
    const exporter = await start(kernel, 4);
    for (const comm of ["a", "b", "c", "d", "e", "d"]) endUnseen(kernel, comm);
    const page = await exporter.scrape();
    const exits = (groupname: string) => page.sum("taskstats_process_exits_total", { groupname });
    // The exporter's own group is one of the four, and has a live process.
    expect(["a", "b", "c", "d", "e", "other"].map(exits)).toEqual([0, 0, 1, 2, 1, 2]);
    expect(page.sum("taskstats_page_faults_total", { kind: "minor" })).toBe(60);
    expect(page.value("taskstats_exporter_groups_evicted_total")).toBe(2);
    expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(0);
  });

  test("a group that a page has shown is dropped with its figures, and begins at 0 when it comes back", async () => {
    const kernel = createFakeKernel();
    const exporter = await start(kernel, 2);
    endUnseen(kernel, "nightly");
    await exporter.scrape();
    expect((await exporter.scrape()).sum("taskstats_process_exits_total", { groupname: "nightly" })).toBe(1);
    endUnseen(kernel, "flood");
    const between = await exporter.scrape();
    expect(between.sum("taskstats_process_exits_total", { groupname: "nightly" })).toBe(0);
    expect(between.sum("taskstats_process_exits_total", { groupname: "other" })).toBe(0);
    endUnseen(kernel, "nightly");
    expect((await exporter.scrape()).sum("taskstats_process_exits_total", { groupname: "nightly" })).toBe(1);
  });

  test("groups with live processes stay, and a process that finds no room is in other until one of them has none", async () => {
    const kernel = createFakeKernel();
    const exporter = await start(kernel, 2);
    const first = kernel.fork({ comm: "first" });
    await exporter.scrape();
    const second = kernel.fork({ comm: "second" });
    const full = await exporter.scrape();
    expect(full.value("taskstats_processes", { groupname: "other" })).toBe(1);
    expect(full.value("taskstats_exporter_groups_overflowed_total")).toBe(1);
    kernel.endProcess(first.tgid);
    await exporter.scrape();
    await exporter.exporter.reload();
    kernel.add(second.tgid, { ac_minflt: 3, cpu_count: 1, cpu_run_virtual_total: 1000 });
    const later = await exporter.scrape();
    expect(later.value("taskstats_processes", { groupname: "second" })).toBe(1);
    expect(later.value("taskstats_page_faults_total", { groupname: "second", kind: "minor" })).toBe(3);
  });
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
  const namesOf = (groups: ReturnType<typeof createGroupRegistry>) =>
    groups.list().map(({ labels }) => labels["groupname"]);

  test("without processes leave the page after their retention time, and come back with their counters while scrapers may remember them", () => {
    const groups = createGroupRegistry(options);
    const group = groups.get(named("a"));
    group.account.starts = 5;
    groups.expire(0);
    groups.expire(0.9 * minute);
    expect(namesOf(groups)).toEqual(["a"]);
    groups.expire(minute);
    expect([namesOf(groups), groups.size]).toEqual([[], 0]);
    groups.expire(10 * minute);
    expect(groups.get(named("a"))).toBe(group);
    expect(namesOf(groups)).toEqual(["a"]);
  });

  test("that were absent for longer than scrapers look back are forgotten, and make room", () => {
    const groups = createGroupRegistry({ ...options, maxGroups: 1 });
    groups.get(named("a")).account.starts = 5;
    groups.expire(0);
    groups.expire(minute);
    groups.expire(11 * minute);
    expect(groups.get(named("b")).labels).toEqual(named("b"));
    expect(groups.overflowed).toBe(0);
  });

  test("stay while they have a process, or while threads of them exit", () => {
    const groups = createGroupRegistry(options);
    groups.get(named("alive")).account.processes = 1;
    const busy = groups.get(named("busy"));
    for (let at = 0; at < 20 * minute; at += minute / 2) {
      busy.account.threadExits++;
      groups.expire(at);
    }
    expect(namesOf(groups)).toEqual(["alive", "busy"]);
  });

  test("that are declared exist from the start and never leave, until another configuration does not name them", () => {
    const groups = createGroupRegistry({ ...options, declared: [named("web")] });
    groups.expire(0);
    groups.expire(100 * minute);
    expect(namesOf(groups)).toEqual(["web"]);
    groups.configure(options);
    groups.expire(101 * minute);
    expect(namesOf(groups)).toEqual([]);
  });

  test("differ where any label does, and a name cannot pose as another group's labels", () => {
    const groups = createGroupRegistry(options);
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
    const groups = createGroupRegistry(options);
    groups.get(named("a")).account.starts = 5;
    groups.expire(0);
    groups.expire(20 * minute);
    expect(namesOf(groups)).toEqual([]);
    groups.expire(29 * minute);
    expect(groups.get(named("a")).account.starts).toBe(5);
  });

  test("of a pod that was gone do not come back when the pod is no longer known to be gone", () => {
    const groups = createGroupRegistry(options);
    groups.get(named("a"));
    groups.expire(0);
    groups.expire(0.6 * minute, () => true);
    groups.expire(0.7 * minute, () => false);
    expect(namesOf(groups)).toEqual([]);
  });

  test("of a pod that is gone leave sooner, counted from the last exit in it", () => {
    const groups = createGroupRegistry(options);
    const container = { key: "1", labels: { namespace: "shop", pod: "web-0" }, interim: undefined };
    const group = groups.get(named("a"), container);
    groups.get(named("b"));
    const isGone = ({ pod }: Readonly<Record<string, string>>) => pod === "web-0";
    groups.expire(0, isGone);
    group.account.threadExits++;
    groups.expire(0.4 * minute, isGone);
    groups.expire(0.8 * minute, isGone);
    expect(namesOf(groups)).toEqual(["a", "b"]);
    groups.expire(0.9 * minute, isGone);
    expect(namesOf(groups)).toEqual(["b"]);
  });

  test("that are declared never give way", () => {
    const groups = createGroupRegistry({ ...options, maxGroups: 2, declared: [named("web")] });
    for (const name of ["a", "b", "c"]) groups.get(named(name));
    expect(namesOf(groups)).toEqual(["web", "other", "c"]);
    expect(groups.evicted).toBe(2);
  });

  test("whose last figures are on no page yet do not give way before the next page", () => {
    const groups = createGroupRegistry({ ...options, maxGroups: 1 });
    const { account } = groups.get(named("a"));
    groups.notePage("zero");
    groups.notePage("zero");
    account.threadExits++;
    expect(groups.get(named("b")).labels).toEqual(named("other"));
    groups.notePage("zero");
    expect(groups.get(named("b")).labels).toEqual(named("b"));
  });

  /** The exits in the group `other` after a group with one exit, which a page may have shown, has given way. */
  function otherAfter(page: (groups: GroupRegistry) => void): number {
    const groups = createGroupRegistry({ ...options, maxGroups: 1 });
    groups.get(named("a")).account.threadExits++;
    page(groups);
    groups.get(named("b"));
    return groups.list().find(({ labels }) => labels["groupname"] === "other")?.account.threadExits ?? 0;
  }

  test("whose figures no scraper has seen leave them to `other`: on no page, or shown as 0 first", () => {
    expect(otherAfter(() => undefined)).toBe(1);
    expect(otherAfter((groups) => groups.notePage("zero"))).toBe(1);
  });

  test("whose figures a scraper has seen take them along: shown on the first page, or on the second", () => {
    expect(otherAfter((groups) => groups.notePage("figures"))).toBe(0);
    const twice = (groups: GroupRegistry): void => ["zero", "zero"].forEach(() => groups.notePage("zero"));
    expect(otherAfter(twice)).toBe(0);
  });

  test("neither lose nor repeat an exit in the sum of the increases of all series, whatever gives way and comes back", () => {
    const steps = fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({ kind: fc.constant("end"), name: fc.constantFrom("a", "b", "c", "d", "e", "f", "g") }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant("page") }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire") }) },
      ),
      { maxLength: 200, size: "max" },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (lives, maxGroups) => {
        const groups = createGroupRegistry({ ...options, maxGroups });
        const lastShown = new Map<string, number>();
        const known = new Set<object>();
        let [exited, scraped] = [0, 0];
        const scrape = (): void => {
          groups.notePage("zero");
          for (const { labels, account } of groups.list()) {
            const name = labels["groupname"] ?? "";
            const before = lastShown.get(name) ?? 0;
            // A series that is new to a scraper is shown as 0 first.
            const value = known.has(account) ? account.threadExits : 0;
            known.add(account);
            // For Prometheus, a counter that falls has begun anew.
            scraped += value >= before ? value - before : value;
            lastShown.set(name, value);
          }
        };
        for (const step of lives) {
          if (step.kind === "page") scrape();
          else if (step.kind === "expire") groups.expire(0);
          else {
            groups.get(named((step as { name: string }).name)).account.threadExits++;
            exited++;
          }
        }
        scrape();
        scrape();
        expect(scraped).toBe(exited);
      }),
      { numRuns: 500 },
    );
  });
});
