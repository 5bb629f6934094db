/** The group of processes that exited before anybody saw them, and of those that no rule matches. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RuleSpec } from "../../../src/classify/rule.ts";
import { defaultGroupingRules } from "../../../src/default-grouping-rules.ts";
import { createFakeKernel, type FakeKernel, type ForkOptions } from "../../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter, type FakeExporterOptions } from "../../support/fake-exporter.ts";
import { createFakeWatcher, type FakeWatcher } from "../../support/fake-watcher.ts";
import { classifierOf } from "../../support/rules.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

const rules: readonly RuleSpec[] = [
  { name: "plain", comm: ["plain"] },
  { name: "web", cmdline: ["--web"] },
  { name: "rest-{{.Comm}}", cmdline: [".+"] },
];

interface Stage {
  readonly kernel: FakeKernel;
  readonly watcher: FakeWatcher;
  readonly exporter: FakeExporter;
}

async function start(specs = rules, options: FakeExporterOptions = {}): Promise<Stage> {
  const kernel = createFakeKernel();
  const watcher = createFakeWatcher();
  kernel.advance(1_000_000);
  fake = await startFakeExporter(kernel, { groupingRules: { classifier: classifierOf(specs) }, watcher, ...options });
  kernel.advance(1_000_000);
  return { kernel, watcher, exporter: fake };
}

/** Starts a process, which starts a program and exits. */
function liveShortly(kernel: FakeKernel, options: ForkOptions & { readonly comm: string }): number {
  const { tgid } = kernel.fork(options);
  kernel.exec(tgid, { comm: options.comm });
  kernel.add(tgid, { ac_minflt: 10, cpu_count: 1, cpu_run_virtual_total: 1000 });
  kernel.endProcess(tgid);
  return tgid;
}

/** Starts a shell with a script, which the watcher sees and /proc is not read for. */
function startScript({ kernel, watcher }: Stage): number {
  const { tgid } = kernel.fork({ comm: "sh" });
  kernel.exec(tgid, { comm: "sh" });
  watcher.see({ tgid, comm: "sh", argv: ["/bin/sh", "script", "--web"] });
  return tgid;
}

interface Forked {
  /** Its parent's where left out. */
  readonly comm?: string;
  /** The command line at a revisit; there is none where left out. */
  readonly argv?: readonly string[];
}

/** Forks a process, which starts no program and exits. */
function endForked({ kernel, watcher }: Stage, parent: number, { comm, argv }: Forked = {}): void {
  const { tgid } = kernel.fork({ ppid: parent, ...(comm === undefined ? {} : { comm }) });
  watcher.fork(parent, tgid);
  kernel.advance(10_000);
  if (argv !== undefined) watcher.revisit({ tgid, argv, comm: comm ?? "server" }, 10_000);
  kernel.endProcess(tgid);
}

async function read({ exporter }: Stage) {
  const page = await exporter.scrape();
  const ends = (groupname: string) => page.sum("taskstats_process_exits_total", { groupname });
  const faults = (groupname: string) => page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
  const by = (source: string) => page.value("taskstats_exporter_exit_attribution_total", { by: source });
  return { page, ends, faults, by };
}

describe("a process that nobody saw alive", () => {
  test("is recognised by its exit record where no earlier rule needs more", async () => {
    const stage = await start();
    liveShortly(stage.kernel, { comm: "plain" });
    const { ends, by } = await read(stage);
    expect([ends("plain"), by("event")]).toEqual([1, 1]);
  });

  test("is recognised by its snapshot, with the command that it had at its exit", async () => {
    const stage = await start();
    const { tgid } = stage.kernel.fork({ comm: "sh" });
    stage.kernel.exec(tgid, { comm: "prog" });
    stage.watcher.see({ tgid, comm: "prog", argv: ["prog", "--other"] });
    stage.kernel.rename(tgid, "renamed");
    stage.kernel.endProcess(tgid);
    const { ends, by } = await read(stage);
    expect([ends("rest-renamed"), by("exec")]).toEqual([1, 1]);
  });

  test("is deferred until the watcher has caught up, and billed once", async () => {
    const stage = await start();
    const tgid = liveShortly(stage.kernel, { comm: "prog" });
    stage.watcher.seeLate({ tgid, argv: ["prog", "--web"] });
    const { ends, faults, by } = await read(stage);
    expect([ends("web"), faults("web"), by("exec")]).toEqual([1, 10, 1]);
    expect(ends("unidentified")).toBe(0);
  });

  test("is deferred with all figures of its threads where it had several", async () => {
    const stage = await start();
    const { kernel, watcher } = stage;
    const { tgid } = kernel.fork({ comm: "prog" });
    kernel.exec(tgid, { comm: "prog" });
    for (const amount of [1, 2, 3]) {
      kernel.startThread(tgid, { figures: { ac_minflt: amount, cpu_run_virtual_total: 5 } });
    }
    kernel.endProcess(tgid);
    watcher.seeLate({ tgid, argv: ["prog", "--web"] });
    const { page, ends, faults } = await read(stage);
    expect([ends("web"), faults("web"), page.sum("taskstats_thread_exits_total", { groupname: "web" })]).toEqual([
      1, 6, 4,
    ]);
  });

  test("is in the group unidentified, and in no other, where its command line was never seen", async () => {
    const stage = await start();
    liveShortly(stage.kernel, { comm: "prog" });
    const tgid = liveShortly(stage.kernel, { comm: "prog" });
    stage.watcher.see({ tgid, comm: "prog" });
    const { ends, faults, by } = await read(stage);
    expect([ends("unidentified"), faults("unidentified"), by("unidentified_cmdline")]).toEqual([2, 20, 2]);
  });

  test("is in its parent's group where it was forked and started no program, unless it has another command", async () => {
    const stage = await start();
    const script = startScript(stage);
    endForked(stage, script);
    endForked(stage, script, { comm: "other" });
    const { ends, by } = await read(stage);
    expect([ends("web"), by("parent")]).toEqual([1, 1]);
    expect([ends("unidentified"), by("unidentified_cmdline")]).toEqual([1, 1]);
  });

  test("is recognised by the program that its parent ran at the fork, even if the parent was not seen itself or has exec'd since", async () => {
    const stage = await start();
    const { kernel, watcher } = stage;
    const script = startScript(stage);
    const unseen = kernel.fork({ ppid: script, comm: "sh" }).tgid;
    watcher.fork(script, unseen);
    endForked(stage, unseen);
    const orphan = kernel.fork({ ppid: script, comm: "sh" });
    watcher.fork(script, orphan.tgid);
    kernel.exec(script, { comm: "true" });
    watcher.see({ tgid: script, comm: "true", argv: ["true"] });
    kernel.endProcess(unseen);
    kernel.endProcess(script);
    orphan.ppid = 1;
    kernel.endProcess(orphan.tgid);
    const { ends, by } = await read(stage);
    expect([ends("web"), ends("rest-true"), ends("unidentified")]).toEqual([3, 1, 0]);
    expect([by("parent"), by("exec")]).toEqual([3, 1]);
  });

  test("is unidentified where it may have rewritten its command line, unless a revisit saw the new one", async () => {
    const stage = await start([
      { name: "web", cmdline: ["--web"] },
      { name: "session", cmdline: ["^db: session"] },
      { name: "rest", cmdline: [".+"] },
      { name: "wrong", comm: ["server"] },
    ]);
    const { kernel, watcher } = stage;
    const { tgid } = kernel.fork({ comm: "server" });
    kernel.exec(tgid, { comm: "server" });
    watcher.see({ tgid, comm: "server", argv: ["server", "--web"] });
    endForked(stage, tgid);
    endForked(stage, tgid, { argv: ["db: session"] });
    endForked(stage, tgid, { argv: ["server", "--web"] });
    const { ends, by } = await read(stage);
    expect([ends("session"), ends("unidentified"), ends("web"), ends("wrong"), ends("rest")]).toEqual([1, 2, 0, 0, 0]);
    expect([by("exec"), by("unidentified_cmdline")]).toEqual([1, 2]);
  });

  test("is in its parent's group where a revisit saw it, or a sibling, with the parent's command line", async () => {
    const stage = await start();
    const { kernel, watcher } = stage;
    const { tgid } = kernel.fork({ comm: "server" });
    kernel.exec(tgid, { comm: "server" });
    watcher.see({ tgid, comm: "server", argv: ["server", "--web"] });
    endForked(stage, tgid, { argv: ["server", "--web"] });
    endForked(stage, tgid);
    const { ends } = await read(stage);
    expect([ends("web"), ends("unidentified")]).toEqual([2, 0]);
  });

  test("is unidentified where events were lost between its parent's exec and its fork", async () => {
    const stage = await start();
    const script = startScript(stage);
    await read(stage);
    stage.watcher.lose(1);
    endForked(stage, script);
    endForked(stage, script);
    const { ends } = await read(stage);
    expect([ends("web"), ends("unidentified")]).toEqual([0, 2]);
  });

  test("is in its parent's group without a watcher, if the parent is a program that never rewrites its command line", async () => {
    const stage = await start(rules, { watcher: undefined });
    for (const argv0 of ["sh", "server"]) {
      const parent = stage.kernel.fork({ comm: argv0, cmdline: [argv0, "--web"] });
      await stage.exporter.scrape();
      stage.kernel.endProcess(stage.kernel.fork({ ppid: parent.tgid }).tgid);
    }
    const { ends } = await read(stage);
    expect([ends("web"), ends("unidentified")]).toEqual([1, 1]);
  });

  test("is recognised by the control group that /proc still shows of a zombie", async () => {
    const stage = await start([{ name: "{{.Matches.unit}}", cgroup: ["/(?P<unit>[^/]+)\\.service$"] }]);
    const { tgid } = stage.kernel.fork({ comm: "prog", cgroup: "/system.slice/cron.service" });
    stage.kernel.exec(tgid, { comm: "prog" });
    stage.kernel.endProcess(tgid, { reap: false });
    const { ends, by } = await read(stage);
    expect([ends("cron"), by("cgroup")]).toEqual([1, 1]);
  });

  test("has its parent's control groups, but not those of a container runtime, however new", async () => {
    const stage = await start([{ name: "{{.Matches.id}}", cgroup: ["/(?P<id>[^/]+)$"] }]);
    const { kernel, watcher } = stage;
    const runtime = kernel.fork({ comm: "runtime", cgroup: "/runtime" });
    const first = kernel.fork({ ppid: runtime.tgid, comm: "first", cgroup: "/pods/one" });
    kernel.exec(first.tgid, { comm: "first" });
    watcher.see({ tgid: first.tgid, comm: "first", ppid: runtime.tgid, cgroups: ["/pods/one"] });
    liveShortly(kernel, { ppid: first.tgid, comm: "child" });
    kernel.endProcess(first.tgid);
    liveShortly(kernel, { ppid: runtime.tgid, comm: "second" });
    const { ends } = await read(stage);
    expect([ends("one"), ends("runtime"), ends("unidentified")]).toEqual([2, 0, 1]);
  });

  test("is billed to the program that it started last, though the watcher reports that exec late", async () => {
    const stage = await start([
      { name: "target", cmdline: ["^target$"] },
      { name: "shell", cmdline: ["^shell$"] },
    ]);
    const { kernel, watcher } = stage;
    const { tgid } = kernel.fork({ comm: "shell" });
    await stage.exporter.scrape();
    kernel.exec(tgid, { comm: "target" });
    kernel.add(tgid, { ac_minflt: 7, cpu_count: 1, cpu_run_virtual_total: 1000 });
    watcher.seeLate({ tgid, comm: "target", ppid: 1, argv: ["target"] });
    kernel.endProcess(tgid);
    const { ends } = await read(stage);
    expect([ends("target"), ends("shell")]).toEqual([1, 0]);
  });

  test("is not recognised by the exec of another process that had the same id before", async () => {
    const stage = await start([{ name: "{{.Matches.id}}", cgroup: ["/(?P<id>[^/]+)$"] }]);
    const { kernel, watcher } = stage;
    const parent = kernel.fork({ comm: "parent", cgroup: "/pods/own" });
    await stage.exporter.scrape();
    const forked = kernel.fork({ ppid: parent.tgid, comm: "parent", cgroup: "/pods/own" }).tgid;
    watcher.see({ tgid: forked, comm: "other", ppid: 1, cgroups: ["/pods/other"] });
    kernel.endProcess(forked);
    kernel.advance(10_000_000);
    await stage.exporter.scrape();
    const seenAtUs = kernel.clock.monotonicUs();
    kernel.advance(10_000_000);
    await stage.exporter.scrape();
    const reused = liveShortly(kernel, { ppid: parent.tgid, comm: "program", cgroup: "/pods/own" });
    watcher.see({ tgid: reused, seenAtUs, comm: "other", ppid: 1, cgroups: ["/pods/other"] });
    const { ends } = await read(stage);
    expect([ends("own"), ends("other")]).toEqual([2, 0]);
  });

  test("is decided on at once where no rule needs a watcher", async () => {
    const stage = await start([
      { name: "plain", comm: ["plain"] },
      { name: "user-{{.Matches.name}}", user: ["^(?P<name>\\d+)$"] },
    ]);
    liveShortly(stage.kernel, { comm: "plain" });
    liveShortly(stage.kernel, { comm: "job", uid: 1234 });
    const { ends } = await read(stage);
    expect([ends("plain"), ends("user-1234")]).toEqual([1, 1]);
    expect(stage.watcher.closed).toBe(false);
  });
});

describe("a watcher that misses programs", () => {
  const logged = ({ log }: FakeExporter): number => log.filter((line) => line.includes("EXECS_MISSED")).length;

  test("because it lacks a capability is logged once, and the status has the count", async () => {
    const stage = await start();
    stage.watcher.prompt = false;
    liveShortly(stage.kernel, { comm: "plain" });
    endForked(stage, 1);
    await read(stage);
    expect([logged(stage.exporter), stage.exporter.exporter.status()?.execsMissed]).toEqual([0, 0]);
    for (let end = 0; end < 3; end++) {
      liveShortly(stage.kernel, { comm: "prog" });
      await read(stage);
    }
    expect([logged(stage.exporter), stage.exporter.exporter.status()?.execsMissed]).toEqual([1, 3]);
  });

  test("though it has the capability is not logged", async () => {
    const stage = await start();
    liveShortly(stage.kernel, { comm: "prog" });
    await read(stage);
    expect([logged(stage.exporter), stage.exporter.exporter.status()?.execsMissed]).toEqual([0, undefined]);
  });
});

describe("a process that no rule matches", () => {
  const one: readonly RuleSpec[] = [
    { name: "server", comm: ["server"] },
    { comm: ["secret"], ignore: true },
  ];

  test("joins its parent's group, and stays in it when it renames itself or its parent exits", async () => {
    const stage = await start(one);
    const { kernel } = stage;
    const parent = kernel.fork({ comm: "server" });
    const child = kernel.fork({ ppid: parent.tgid, comm: "worker" });
    const grandchild = kernel.fork({ ppid: child.tgid, comm: "helper" });
    expect((await read(stage)).page.sum("taskstats_processes", { groupname: "server" })).toBe(3);
    kernel.endProcess(parent.tgid);
    grandchild.ppid = 1;
    kernel.rename(grandchild.tgid, "other");
    kernel.add(grandchild.tgid, { cpu_count: 1, cpu_run_virtual_total: 1 });
    expect((await read(stage)).page.sum("taskstats_processes", { groupname: "server" })).toBe(2);
  });

  test("joins the group of a parent that has a higher id", async () => {
    const stage = await start(one);
    const parent = stage.kernel.fork({ tgid: 900, comm: "server" });
    stage.kernel.fork({ tgid: 800, ppid: parent.tgid, comm: "worker" });
    expect((await read(stage)).page.sum("taskstats_processes", { groupname: "server" })).toBe(2);
  });

  test("is on no page where no ancestor matches either, where a rule ignores it, and with --no-children", async () => {
    const stage = await start(one, { children: false });
    const parent = stage.kernel.fork({ comm: "server" });
    stage.kernel.fork({ ppid: parent.tgid, comm: "worker" });
    stage.kernel.fork({ comm: "secret" });
    stage.kernel.fork({ comm: "nobody" });
    const { page } = await read(stage);
    expect(page.sum("taskstats_processes", {})).toBe(1);
  });

  test("is in the group unidentified if it exited and nobody ever saw its parent", async () => {
    const stage = await start(one);
    liveShortly(stage.kernel, { ppid: 4_000_000, comm: "orphan" });
    const { ends, by } = await read(stage);
    expect([ends("unidentified"), by("unidentified_parent")]).toEqual([1, 1]);
  });
});

describe("a configuration that is loaded again", () => {
  test("moves each process by the new rules, children with their parents, and keeps all counts", async () => {
    const kernel = createFakeKernel();
    kernel.advance(1_000_000);
    const by = (name: string) => ({ ...defaultGroupingRules, classifier: classifierOf([{ name, comm: ["server"] }]) });
    let groupingRules = by("old");
    fake = await startFakeExporter(kernel, { groupingRules: () => groupingRules });
    kernel.advance(1_000_000);
    const parent = kernel.fork({ tgid: 900, comm: "server" });
    const child = kernel.fork({ tgid: 800, ppid: parent.tgid, comm: "worker" });
    await fake.scrape();
    const work = (amount: number) =>
      kernel.add(child.tgid, { ac_minflt: amount, cpu_count: 1, cpu_run_virtual_total: 1000 });
    work(3);
    groupingRules = by("new");
    await fake.exporter.reload();
    work(4);
    const page = await fake.scrape();
    const faults = (groupname: string) => page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
    const live = (groupname: string) => page.sum("taskstats_processes", { groupname });
    expect([faults("old"), live("old"), faults("new"), live("new")]).toEqual([3, 0, 4, 2]);
  });

  test("and is bad leaves the former one in force, and the page says so", async () => {
    const kernel = createFakeKernel();
    kernel.advance(1_000_000);
    const groupingRules = { ...defaultGroupingRules, classifier: classifierOf(rules) };
    let fails = false;
    fake = await startFakeExporter(kernel, {
      groupingRules() {
        if (fails) throw new Error("bad");
        return groupingRules;
      },
    });
    const read = async () => {
      const page = await fake?.scrape();
      const name = "taskstats_exporter_config_last_reload";
      return [page?.value(`${name}_successful`), page?.value(`${name}_success_timestamp_seconds`)];
    };
    const [, loadedAt] = await read();
    kernel.advance(5_000_000);
    fails = true;
    await expect(fake.exporter.reload()).rejects.toThrow("bad");
    expect(await read()).toEqual([0, loadedAt]);
    fails = false;
    await fake.exporter.reload();
    expect(await read()).toEqual([1, (loadedAt ?? NaN) + 5]);
  });
});

describe("a watcher that has lost events", () => {
  test("makes all live processes be classified again, and the loss is counted", async () => {
    const { kernel, watcher, exporter } = await start(rules, { discoveryIntervalMs: 100 });
    const { tgid } = kernel.fork({ comm: "prog", cmdline: ["prog", "--web"] });
    await exporter.scrape();
    kernel.exec(tgid, { comm: "prog", cmdline: ["prog", "--other"] });
    watcher.lose(3);
    const live = async () => (await exporter.scrape()).sum("taskstats_processes", { groupname: "rest-prog" });
    while ((await live()) === 0) await nextTurn();
    expect((await exporter.scrape()).value("taskstats_exporter_exec_events_lost_total")).toBe(3);
  });
});

describe("a tracked process that starts another program", () => {
  test("moves to the new group at once, and what it did before stays billed to the old one", async () => {
    const stage = await start();
    const { kernel, watcher, exporter } = stage;
    const { tgid } = kernel.fork({ comm: "prog", cmdline: ["prog", "--web"] });
    kernel.add(tgid, { ac_minflt: 3, cpu_count: 1, cpu_run_virtual_total: 1000 });
    await exporter.scrape();
    kernel.add(tgid, { ac_minflt: 4, cpu_count: 1, cpu_run_virtual_total: 1000 });
    kernel.exec(tgid, { comm: "prog", cmdline: ["prog", "--other"] });
    watcher.see({ tgid, comm: "prog", argv: ["prog", "--other"] });
    const between = await read(stage);
    expect([between.faults("web"), between.faults("rest-prog")]).toEqual([7, 0]);
    kernel.add(tgid, { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 1000 });
    kernel.endProcess(tgid);
    const { faults, ends } = await read(stage);
    expect([faults("web"), faults("rest-prog"), ends("web"), ends("rest-prog")]).toEqual([7, 5, 0, 1]);
  });
});
