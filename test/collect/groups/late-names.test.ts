/** User names that a name service gives late: until then no process is taken for one of a user without a name. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { UserNames } from "../../../src/procfs/users.ts";
import { classifierOf } from "../../support/rules.ts";
import { startFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernel } from "../../support/fake-kernel.ts";

const alice = 5001;

let kernel: FakeKernel;
let fake: FakeExporter;

beforeEach(async () => {
  kernel = createFakeKernel();
  kernel.advance(1_000_000);
  const names = new Map([[0, "root"]]);
  let asked = false;
  const users: UserNames = {
    nameOf(uid) {
      asked ||= !names.has(uid);
      return names.get(uid);
    },
    get asking() {
      return asked && !names.has(alice);
    },
    settled() {
      if (asked) names.set(alice, "alice");
      return Promise.resolve();
    },
    refresh: () => false,
  };
  const classifier = classifierOf([
    { name: "hers", user: ["^alice$"] },
    { name: "others", user: [".*"] },
  ]);
  fake = await startFakeExporter(kernel, { groupingRules: { classifier }, users, children: false });
  kernel.advance(1_000_000);
});
afterEach(() => fake.stop());

test("a process that exits while its user's name is looked up is counted in the right group once the name has come", async () => {
  const { tgid } = kernel.fork({ comm: "job", uid: alice });
  kernel.add(tgid, { ac_minflt: 7, cpu_count: 1, cpu_run_virtual_total: 1000 });
  kernel.endProcess(tgid);
  const page = await fake.scrape();
  expect(page.sum("taskstats_page_faults_total", { groupname: "hers", kind: "minor" })).toBe(7);
  expect(page.sum("taskstats_process_exits_total", { groupname: "others" })).toBe(0);
});

test("a live process is unidentified while its user's name is looked up", async () => {
  const { tgid } = kernel.fork({ comm: "job", uid: alice });
  const before = await fake.scrape();
  expect(before.value("taskstats_processes", { groupname: "unidentified" })).toBe(1);
  expect(before.sum("taskstats_processes", { groupname: "others" })).toBe(1);
  kernel.add(tgid, { ac_minflt: 7, cpu_count: 1, cpu_run_virtual_total: 1000 });
  kernel.endProcess(tgid);
  const after = await fake.scrape();
  expect(after.sum("taskstats_process_exits_total", { groupname: "others" })).toBe(0);
});
