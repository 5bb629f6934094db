/** Throttled time on the page of an exporter on a fake kernel, whose control groups are a tree of files. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createAccount } from "../../src/account/account.ts";
import { createProcess, type Process } from "../../src/collect/groups/process.ts";
import { createThrottling } from "../../src/collect/throttling.ts";
import type { ControlGroups } from "../../src/procfs/control-groups.ts";
import { createFakeControlGroups, type FakeControlGroups } from "../support/fake-control-groups.ts";
import { createFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";

const metric = "taskstats_cpu_throttled_seconds_total";
const quotaUs = 10_000;

describe.each([1, 2] as const)("with control groups of version %i", (version) => {
  let kernel: FakeKernel;
  let tree: FakeControlGroups;
  let fake: FakeExporter;
  beforeEach(() => {
    kernel = createFakeKernel();
    tree = createFakeControlGroups(version);
    fake = createFakeExporter(kernel);
    fake.proc.write(`${kernel.self}/mountinfo`, tree.mountinfo);
  });
  afterEach(() => {
    fake.stop();
    tree.dispose();
  });

  /** Throttled seconds on the page, by group. */
  async function shown(): Promise<Record<string, number>> {
    kernel.advance(1_000_000);
    const { series } = await fake.scrape();
    const own = [...series].filter(([name]) => name.startsWith(metric));
    return Object.fromEntries(
      own.map(([name, value]) => [/groupname="([^"]*)"/.exec(name)?.[1] ?? "", value] as const),
    );
  }

  /** On a busy machine files are read later than they are asked for: a figure may come with a later page. */
  async function expectShown(figures: Readonly<Record<string, number>>): Promise<void> {
    let last = await shown();
    for (let more = 100; more > 0 && JSON.stringify(last) !== JSON.stringify(figures); more--) last = await shown();
    expect(last).toEqual(figures);
  }

  const fork = (comm: string): number => kernel.fork({ comm }).tgid;

  test("shows no series where no control group has a quota", async () => {
    tree.set("a", { tgids: [fork("free")] });
    await fake.exporter.start();
    await expectShown({});
  });

  test("bills an older control group from a baseline, and a newer one from zero", async () => {
    const [old, young] = [fork("old"), fork("young")];
    tree.set("old", { quotaUs, throttledNs: 5e9, tgids: [old] });
    await fake.exporter.start();
    await expectShown({ old: 0 });
    tree.set("old", { quotaUs, throttledNs: 7e9, tgids: [old] });
    tree.set("young", { quotaUs, throttledNs: 3e9, tgids: [young] });
    await expectShown({ old: 2, young: 3 });
  });

  test("keeps what was billed when a control group is removed, and bills it from zero when it is created again", async () => {
    const tgid = fork("unit");
    await fake.exporter.start();
    tree.set("unit", { quotaUs, throttledNs: 3e9, tgids: [tgid] });
    await expectShown({ unit: 3 });
    tree.remove("unit");
    await expectShown({ unit: 3 });
    tree.set("unit", { quotaUs, throttledNs: 1e9, tgids: [tgid] });
    await expectShown({ unit: 4 });
  });

  test("bills a control group, and its ancestors with a quota, once to each group that has a process in it", async () => {
    const [one, other, third] = [fork("one"), fork("one"), fork("third")];
    await fake.exporter.start();
    tree.set("pod", { quotaUs, throttledNs: 1e9 });
    tree.set("pod/a", { quotaUs, throttledNs: 2e9, tgids: [one, other] });
    tree.set("pod/b", { tgids: [third] });
    await expectShown({ one: 3, third: 1 });
  });

  test("bills a process up to its exit, and no longer", async () => {
    const [job, service] = [fork("job"), fork("service")];
    await fake.exporter.start();
    tree.set("a", { quotaUs, throttledNs: 1e9, tgids: [job, service] });
    await expectShown({ job: 1, service: 1 });
    kernel.endProcess(job);
    tree.set("a", { quotaUs, throttledNs: 2e9, tgids: [service] });
    await expectShown({ job: 2, service: 2 });
    tree.set("a", { quotaUs, throttledNs: 5e9, tgids: [service] });
    await expectShown({ job: 2, service: 5 });
  });

  test("keeps a group's figure when its quota is taken away", async () => {
    const tgid = fork("freed");
    await fake.exporter.start();
    tree.set("a", { quotaUs, throttledNs: 1e9, tgids: [tgid] });
    await expectShown({ freed: 1 });
    tree.set("a", { throttledNs: 1e9, tgids: [tgid] });
    await expectShown({ freed: 1 });
    tree.set("a", { quotaUs, throttledNs: 2e9, tgids: [tgid] });
    await expectShown({ freed: 2 });
  });
});

describe("reading control groups", () => {
  const group = { labels: {}, ruleLabels: {}, account: createAccount([]) };
  const processes: ReadonlyMap<number, Process> = new Map([[7, createProcess(7, group)]]);
  const found = (throttledNs: number): ControlGroups => {
    return {
      seen: new Set(["/a"]),
      limited: [{ path: "/a", inode: 1, throttledNs, tgids: new Set([7]) }],
      complete: true,
    };
  };

  test("walks again after 20 ms for each control group, and reads only those with a quota meanwhile", async () => {
    let nowUs = 0;
    let walks = 0;
    let reads = 0;
    const throttling = createThrottling({
      processes,
      clock: { monotonicUs: () => nowUs, unixSeconds: () => 0 },
      reader: {
        walk: () => {
          walks++;
          return Promise.resolve(found(0));
        },
        readThrottled: () => {
          reads++;
          return Promise.resolve({ inode: 1, throttledNs: 1e9 });
        },
      },
    });
    await throttling.update();
    nowUs += 19_000;
    await throttling.update();
    expect([walks, reads, group.account.throttledNs]).toEqual([1, 1, 1e9]);
    nowUs += 1000;
    await throttling.update();
    expect(walks).toBe(2);
  });

  test("that hangs is waited for once, and is read again when it has ended", async () => {
    let answer: (groups: ControlGroups) => void = () => undefined;
    let walks = 0;
    const throttling = createThrottling({
      processes,
      clock: { monotonicUs: () => performance.now() * 1000, unixSeconds: () => 0 },
      reader: {
        walk: () => {
          walks++;
          return new Promise((resolve) => (answer = resolve));
        },
        readThrottled: () => Promise.resolve(undefined),
      },
    });
    await throttling.update(1);
    await throttling.update(1);
    expect(walks).toBe(1);
    answer(found(0));
    while (walks === 1) await throttling.update(1);
    expect(walks).toBe(2);
  });
});
