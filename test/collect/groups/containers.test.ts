/** Series of containers: which labels they get, and what is shown until a container's name comes. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import { createFakeKernel, type FakeKernel, type ForkOptions } from "../../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../../support/fake-exporter.ts";
import { createFakePods, idOf, pathOf, uidOf, type FakePods } from "../../support/fake-pods.ts";
import { createFakeWatcher, type FakeWatcher } from "../../support/fake-watcher.ts";
import type { ScrapedPage } from "../../support/page.ts";
import { classifierOf } from "../../support/rules.ts";

const names = { namespace: "shop", pod: "web-0", container: "app" };
const patienceUs = 15_000_000;

let kernel: FakeKernel;
let pods: FakePods;
let watcher: FakeWatcher;
let fake: FakeExporter;

async function start(options: FakeExporterOptions = {}): Promise<void> {
  fake = await startFakeExporter(kernel, { pods, watcher, ...options });
  kernel.advance(1_000_000);
}

beforeEach(() => {
  kernel = createFakeKernel();
  pods = createFakePods();
  watcher = createFakeWatcher();
  kernel.advance(1_000_000);
});
afterEach(() => fake.stop());

/** Starts a process with so many minor faults. */
function live(options: ForkOptions & { readonly faults?: number }): number {
  const { faults = 10, ...forkOptions } = options;
  const { tgid } = kernel.fork({ comm: "prog", ...forkOptions });
  kernel.add(tgid, { ac_minflt: faults, cpu_count: 1, cpu_run_virtual_total: 1000 });
  return tgid;
}

/** Starts a process that executes a program and exits before discovery. */
function liveShortly(options: ForkOptions): void {
  const { tgid } = kernel.fork({ comm: "prog", ...options });
  kernel.exec(tgid, { comm: "prog" });
  kernel.add(tgid, { ac_minflt: 1, cpu_count: 1, cpu_run_virtual_total: 1000 });
  kernel.endProcess(tgid);
}

/** The labels of each group of the tests' processes, with its minor faults. */
function groupsOf(page: ScrapedPage): unknown[] {
  const prefix = "taskstats_page_faults_total{";
  return [...page.series].flatMap(([series, value]) => {
    if (!series.startsWith(prefix) || !series.includes('kind="minor"') || !series.includes("prog")) return [];
    const labels = [...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", text = ""]) => [label, text] as const);
    return [
      { ...Object.fromEntries(labels.filter(([label]) => label !== "kind" && label !== "groupname")), faults: value },
    ];
  });
}

const scrapeGroups = async (): Promise<unknown[]> => groupsOf(await fake.scrape());

describe("a process in a container", () => {
  test("is labelled by namespace, pod and container, and one of the host is not", async () => {
    pods.containers.set(idOf(1), names);
    pods.containers.set(idOf(2), { ...names, container: "sidecar" });
    await start();
    live({ cgroup: pathOf(1, 1), faults: 10 });
    live({ cgroup: pathOf(1, 2), faults: 20 });
    live({ cgroup: "/system.slice/prog.service", faults: 30 });
    expect(await scrapeGroups()).toEqual([
      { ...names, faults: 10 },
      { ...names, container: "sidecar", faults: 20 },
      { faults: 30 },
    ]);
  });

  test.each([`/docker/${idOf(1)}`, `/../../../system.slice/docker-${idOf(1)}.scope`])(
    "of a container that Kubernetes does not know counts as a process of the host, as in %s",
    async (cgroup) => {
      await start();
      live({ cgroup, faults: 10 });
      expect(await scrapeGroups()).toEqual([{ faults: 10 }]);
    },
  );

  test("beside the exporter's own, in a control group namespace, waits for its name though its path names no pod", async () => {
    await start();
    live({ cgroup: `/../cri-containerd-${idOf(1)}.scope`, faults: 10 });
    expect(await scrapeGroups()).toEqual([]);
    pods.containers.set(idOf(1), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 10 }]);
  });

  test("within another container gets the labels of the container that a pod lists", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    live({ cgroup: `${pathOf(1, 1)}/docker/${idOf(2)}` });
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 10 }]);
  });

  test("that was never discovered gets its parent's container", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const ppid = live({ cgroup: pathOf(1, 1), comm: "shell" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 1) });
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 1 }]);
  });

  test("that was never discovered gets its parent's container, though the parent exits before the exit is decided on", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const ppid = live({ cgroup: pathOf(1, 1), comm: "shell" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 1) });
    kernel.endProcess(ppid);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 1 }]);
  });

  test("that the exec watcher reports late creates no unneeded group, and overflows once", async () => {
    pods.containers.set(idOf(1), names);
    const rules: readonly RuleSpec[] = [{ name: "{{.Comm}}", comm: ["prog", "shell"] }];
    await start({ groupingRules: { classifier: classifierOf(rules), maxGroups: 1 }, children: false });
    const ppid = live({ cgroup: "/system.slice/cron.service", comm: "shell" });
    await fake.scrape();
    const { tgid } = kernel.fork({ ppid, comm: "prog", cgroup: pathOf(1, 1) });
    kernel.exec(tgid, { comm: "prog" });
    watcher.seeLate({ tgid, comm: "prog", ppid, cgroups: [pathOf(1, 1)] });
    kernel.endProcess(tgid);
    const page = await fake.scrape();
    expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(1);
    expect(groupsOf(page)).toEqual([]);
  });

  test("that was never discovered is not counted to the host where its parent, of the host, has started containers", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const ppid = live({ cgroup: "/system.slice/containerd.service", comm: "shim" });
    live({ ppid, cgroup: pathOf(1, 1), comm: "first" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 1) });
    const page = await fake.scrape();
    expect(groupsOf(page)).toEqual([]);
    expect(page.value("taskstats_exporter_exit_attribution_total", { by: "unidentified_cgroup" })).toBe(1);
  });

  test("that was never discovered is not counted to the host where its parent is, since that may be a container runtime", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const ppid = live({ cgroup: "/system.slice/containerd.service", comm: "runc" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 1) });
    const page = await fake.scrape();
    expect(groupsOf(page)).toEqual([]);
    expect(page.value("taskstats_exporter_exit_attribution_total", { by: "unidentified_cgroup" })).toBe(1);
  });

  test("that the exec watcher saw gets the container of the snapshot", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const { tgid } = kernel.fork({ comm: "prog", cgroup: pathOf(1, 1) });
    watcher.see({ tgid, comm: "prog", ppid: 1, cgroups: [pathOf(1, 1)] });
    kernel.exec(tgid, { comm: "prog" });
    kernel.add(tgid, { ac_minflt: 1 });
    kernel.endProcess(tgid);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 1 }]);
  });

  test("that lacks a fact which a rule needs is unidentified in its container", async () => {
    pods.containers.set(idOf(1), names);
    const rules: readonly RuleSpec[] = [{ name: "web", cmdline: ["--web"] }];
    await start({ groupingRules: { classifier: classifierOf(rules) } });
    const ppid = live({ cgroup: pathOf(1, 1), comm: "shell" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 1) });
    const page = await fake.scrape();
    expect(page.sum("taskstats_process_exits_total", { groupname: "unidentified", ...names })).toBe(1);
    expect(page.value("taskstats_exporter_exit_attribution_total", { by: "unidentified_cmdline" })).toBe(1);
  });

  test("that no rule matches gets its parent's group name, in its own container", async () => {
    pods.containers.set(idOf(1), names);
    const rules: readonly RuleSpec[] = [{ name: "prog-tree", comm: ["shim"] }];
    await start({ groupingRules: { classifier: classifierOf(rules) } });
    const ppid = live({ cgroup: "/system.slice/containerd.service", comm: "shim", faults: 3 });
    live({ ppid, cgroup: pathOf(1, 1), faults: 4 });
    expect(await scrapeGroups()).toEqual([{ faults: 3 }, { ...names, faults: 4 }]);
  });
});

describe("a container that is restarted under another id", () => {
  test("continues the counters of its name", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    const first = live({ cgroup: pathOf(1, 1) });
    await fake.scrape();
    kernel.endProcess(first);
    live({ cgroup: pathOf(1, 2), faults: 7 });
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 10 }]);
    pods.containers.set(idOf(2), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 17 }]);
  });

  test("keeps exits and histograms from before its name came", async () => {
    pods.containers.set(idOf(1), names);
    await start();
    kernel.endProcess(live({ cgroup: pathOf(1, 1) }));
    const ppid = live({ cgroup: pathOf(1, 2), comm: "shell" });
    await fake.scrape();
    liveShortly({ ppid, cgroup: pathOf(1, 2) });
    await fake.scrape();
    pods.containers.set(idOf(2), names);
    const page = await fake.scrape();
    const labels = { groupname: "prog", ...names };
    expect(page.sum("taskstats_process_exits_total", labels)).toBe(
      page.sum("taskstats_process_lifetime_seconds_count", labels),
    );
    expect(page.sum("taskstats_process_exits_total", labels)).toBeGreaterThanOrEqual(1);
  });
});

describe("a container whose name has not come", () => {
  const unnamed = async (): Promise<number | undefined> =>
    (await fake.scrape()).value("taskstats_exporter_containers_unnamed");

  test("is on no page for a moment, then shown by its id, and has all its figures when the name comes", async () => {
    await start();
    const tgid = live({ cgroup: pathOf(1, 1) });
    expect(await scrapeGroups()).toEqual([]);
    expect(await unnamed()).toBe(1);
    kernel.advance(patienceUs);
    expect(await scrapeGroups()).toEqual([{ container: idOf(1), faults: 10 }]);
    kernel.add(tgid, { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 1000 });
    pods.containers.set(idOf(1), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 15 }]);
    kernel.endProcess(tgid);
    const page = await fake.scrape();
    expect(page.sum("taskstats_process_exits_total", { groupname: "prog", ...names })).toBe(1);
    expect(page.value("taskstats_exporter_containers_unnamed")).toBe(0);
  });

  test("gets its pod's labels where the pod is known and does not list it in time, as its sandbox", async () => {
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    await start();
    live({ cgroup: pathOf(1, 1) });
    expect(await scrapeGroups()).toEqual([]);
    kernel.advance(patienceUs);
    expect(await scrapeGroups()).toEqual([{ namespace: "shop", pod: "web-0", faults: 10 }]);
    expect(await unnamed()).toBe(0);
  });

  test("takes its processes from its pod when its name comes still later, and leaves to the pod what was billed to it", async () => {
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    await start();
    const tgid = live({ cgroup: pathOf(1, 1) });
    await fake.scrape();
    kernel.advance(patienceUs);
    await fake.scrape();
    pods.containers.set(idOf(1), names);
    await fake.scrape();
    kernel.add(tgid, { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 1000 });
    kernel.endProcess(tgid);
    expect(await scrapeGroups()).toEqual([
      { namespace: "shop", pod: "web-0", faults: 10 },
      { ...names, faults: 5 },
    ]);
  });

  test("may be its pod's sandbox though it was found some seconds after a container of the pod", async () => {
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    pods.containers.set(idOf(1), names);
    await start();
    live({ cgroup: pathOf(1, 1), faults: 1 });
    await fake.scrape();
    kernel.advance(5_000_000);
    live({ cgroup: pathOf(1, 2), faults: 2 });
    await fake.scrape();
    kernel.advance(10 * patienceUs);
    expect(await scrapeGroups()).toEqual([
      { ...names, faults: 1 },
      { namespace: "shop", pod: "web-0", faults: 2 },
    ]);
  });

  test("is not taken for its pod's sandbox where another container of the pod was named long before", async () => {
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    pods.containers.set(idOf(1), names);
    await start();
    live({ cgroup: pathOf(1, 1), faults: 1 });
    await fake.scrape();
    kernel.advance(31_000_000);
    live({ cgroup: pathOf(1, 2), faults: 2 });
    await fake.scrape();
    kernel.advance(10 * patienceUs);
    expect(await scrapeGroups()).toEqual([
      { ...names, faults: 1 },
      { ...names, container: idOf(2), faults: 2 },
    ]);
    pods.containers.set(idOf(2), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 3 }]);
  });

  test("is not given to its pod while the list of pods is not up to date", async () => {
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    pods.up = false;
    await start();
    live({ cgroup: pathOf(1, 1) });
    await fake.scrape();
    kernel.advance(10 * patienceUs);
    expect(await scrapeGroups()).toEqual([{ namespace: "shop", pod: "web-0", container: idOf(1), faults: 10 }]);
    pods.up = true;
    await fake.scrape();
    pods.containers.set(idOf(1), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 10 }]);
  });

  test("is not given to its pod at the moment when the pod becomes known, however late: its name follows", async () => {
    await start();
    live({ cgroup: pathOf(1, 1) });
    await fake.scrape();
    kernel.advance(10 * patienceUs);
    await fake.scrape();
    pods.pods.set(uidOf(1), { namespace: "shop", pod: "web-0" });
    expect(await scrapeGroups()).toEqual([{ container: idOf(1), faults: 10 }]);
    pods.containers.set(idOf(1), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 10 }]);
  });

  test("is shown by its id at once where the API server cannot be asked", async () => {
    pods.up = false;
    pods.errors.set("unreachable", 1);
    await start();
    live({ cgroup: pathOf(1, 1) });
    expect(await scrapeGroups()).toEqual([{ container: idOf(1), faults: 10 }]);
  });

  test("leaves `other` when its name comes and has a group", async () => {
    pods.containers.set(idOf(1), names);
    const rules: readonly RuleSpec[] = [{ name: "{{.Comm}}", comm: ["prog"] }];
    await start({ groupingRules: { classifier: classifierOf(rules), maxGroups: 1 }, children: false });
    live({ cgroup: pathOf(1, 1) });
    await fake.scrape();
    live({ cgroup: pathOf(1, 2) });
    expect((await fake.scrape()).value("taskstats_processes", { groupname: "other" })).toBe(1);
    pods.containers.set(idOf(2), names);
    const page = await fake.scrape();
    expect(page.value("taskstats_processes", { groupname: "other" })).toBe(0);
    expect(page.value("taskstats_processes", { groupname: "prog", ...names })).toBe(2);
  });

  test("shows two ids apart, and merges both into the name that they share", async () => {
    await start();
    live({ cgroup: pathOf(1, 1), faults: 1 });
    live({ cgroup: pathOf(1, 2), faults: 2 });
    await fake.scrape();
    kernel.advance(patienceUs);
    expect(await scrapeGroups()).toEqual([
      { container: idOf(1), faults: 1 },
      { container: idOf(2), faults: 2 },
    ]);
    pods.containers.set(idOf(1), names);
    pods.containers.set(idOf(2), names);
    expect(await scrapeGroups()).toEqual([{ ...names, faults: 3 }]);
  });
});

test("without a watch of pods no series names a pod, and the watch's own metrics are absent", async () => {
  pods.containers.set(idOf(1), names);
  await start({ pods: undefined });
  live({ cgroup: pathOf(1, 1) });
  const page = await fake.scrape();
  expect(groupsOf(page)).toEqual([{ faults: 10 }]);
  expect([...page.names].filter((name) => /pod|container/.test(name))).toEqual([]);
});
