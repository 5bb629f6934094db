/** To which process a task belongs, as far as polls know. */

import { expect, test } from "@jest/globals";
import { createAccount } from "../../../src/account/account.ts";
import type { Row } from "../../../src/account/meter.ts";
import { createPolledOwners } from "../../../src/collect/exits/polled-owners.ts";
import { createProcess } from "../../../src/collect/groups/process.ts";
import type { Tracker } from "../../../src/collect/groups/tracker.ts";

/** A process 10 with the rows of its threads 10 and 11. */
function setUp(outlivesLeader: (tgid: number) => boolean = () => false) {
  const process = createProcess(10, { labels: {}, ruleLabels: {}, account: createAccount([]) });
  for (const tid of [10, 11]) process.threads.set(tid, tid as Row);
  const processes = new Map([[10, process]]);
  // Nothing else of the tracker is asked for.
  const owners = createPolledOwners({ processes, outlivesLeader } as Partial<Tracker> as Tracker);
  return { process, processes, owners };
}

test("a leader and a polled thread belong to their process", () => {
  const { owners } = setUp();
  expect([10, 11].map(owners.ownerOf)).toEqual([10, 10]);
});

test("a task that no poll saw is taken for a process", () => {
  const { owners } = setUp();
  expect(owners.ownerOf(12)).toBe(12);
  expect(owners.hasThreads(12)).toBe(false);
});

test("an id belongs to the process of this id before it belongs to a thread that has exited", () => {
  const { processes, owners } = setUp();
  processes.set(11, createProcess(11, { labels: {}, ruleLabels: {}, account: createAccount([]) }));
  expect(owners.ownerOf(11)).toBe(11);
});

test("a process has threads if the last poll counted several, or if /proc shows that others outlive the leader", () => {
  const { process, owners } = setUp();
  expect(owners.hasThreads(10)).toBe(false);
  process.threadCount = 2;
  expect(owners.hasThreads(10)).toBe(true);
  expect(setUp((tgid) => tgid === 10).owners.hasThreads(10)).toBe(true);
});

test("the exit of a task changes nothing: the tracker and the biller forget it", () => {
  const { owners } = setUp();
  owners.refresh();
  owners.noteExit(11);
  owners.forgetProcess(10);
  owners.settle();
  owners.close();
  expect(owners.ownerOf(11)).toBe(10);
});
