/** The parts of the collector on a fake kernel, one by one: for tests of a part that needs others around it. */

import { createPlan } from "../../src/account/plan.ts";
import type { Account } from "../../src/account/account.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { createBiller, type Biller } from "../../src/collect/biller.ts";
import { createCounters, type Counters } from "../../src/collect/counters.ts";
import { createProcessGrouping, type ProcessGrouping } from "../../src/collect/groups/process-grouping.ts";
import { createAsk, type Ask } from "../../src/collect/polls/ask.ts";
import { createPoller, type Poller } from "../../src/collect/polls/poller.ts";
import { defaultGroupingRules } from "../../src/default-grouping-rules.ts";
import type { ExecWatcher } from "../../src/execs/exec-watcher.ts";
import { fieldKeys } from "../../src/fields/fields.ts";
import { createProcReader, type ProcReader } from "../../src/procfs/read.ts";
import type { UserNames } from "../../src/procfs/users.ts";
import { createEventClient, createQueryClient, type EventClient } from "../../src/taskstats/client.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { createFakeCommandLines } from "./fake-command-lines.ts";
import { createFakeKernel, type FakeKernel, type FakeKernelOptions } from "./fake-kernel.ts";
import { createFakeProc, type FakeProc } from "./fake-proc.ts";
import type { FakeSocket } from "./fake-socket.ts";
import { fakeUsers } from "./fake-users.ts";
import { classifierOf } from "./rules.ts";

export interface CollectParts extends Pick<
  ProcessGrouping,
  "groups" | "tracker" | "execHistory" | "factReader" | "groupResolver"
> {
  readonly kernel: FakeKernel;
  readonly fakeProc: FakeProc;
  readonly proc: ProcReader;
  readonly counters: Counters;
  readonly biller: Biller;
  readonly ask: Ask;
  readonly poller: Poller;
  /** Registered for the exit events of all CPUs. */
  readonly events: EventClient;
  /** The socket of `events`. */
  readonly eventSocket: FakeSocket;
  /** Processes that a poll has found to be gone, by id. */
  readonly gone: readonly number[];
  readonly users: UserNames;
  readonly yieldToEventLoop: () => Promise<void>;
  /** Tracks the processes that /proc shows now. */
  discover(): Promise<void>;
  /** What the group of this name has been billed. @throws Error where no such group is shown */
  account(groupname: string): Account;
  /** Names of the groups that are shown. */
  groupnames(): string[];
  close(): void;
}

export interface CollectPartsOptions {
  readonly kernel?: FakeKernelOptions;
  /** A group for each command where left out. */
  readonly rules?: readonly RuleSpec[];
  /** Where rules need it; none where left out. */
  readonly watcher?: ExecWatcher;
  readonly users?: UserNames;
  readonly kernelThreads?: boolean;
  /** Whether exit events arrive; true where left out. */
  readonly exitsUp?: boolean;
  readonly wrapProc?: (reader: ProcReader) => ProcReader;
}

/** Figures are billed from the moment of this call on. */
export async function createCollectParts(options: CollectPartsOptions = {}): Promise<CollectParts> {
  const { rules, watcher, users = fakeUsers, kernelThreads = false, exitsUp = true } = options;
  const kernel = createFakeKernel(options.kernel);
  kernel.advance(1_000_000);
  const fakeProc = createFakeProc(kernel);
  const reader = createProcReader(fakeProc.root);
  const proc = options.wrapProc?.(reader) ?? reader;
  const counters = createCounters();
  const { clock, familyId } = kernel;
  const clientOptions = { familyId, reader: createRecordReader(fieldKeys), onMalformed: () => undefined };
  const open = () => kernel.open({ receiveBufferBytes: 2 ** 22, slots: 64 });
  const queries = createQueryClient({ ...clientOptions, socket: open() });
  const events = createEventClient({ ...clientOptions, socket: open() });
  const eventSocket = kernel.sockets.at(-1) as FakeSocket;
  events.register(kernel.cpulist);
  const biller = createBiller({
    ...{ clock, implausible: counters.implausible, tickNs: 4_000_000 },
    plan: createPlan({ deadThreadsKept: true }),
    isLossy: () => counters.exitEventsLost > 0,
  });
  const ask = createAsk(queries, counters);
  const yieldToEventLoop = (): Promise<void> => Promise.resolve();
  const gone: number[] = [];
  const grouping = createProcessGrouping({
    ...{ proc, users, counters, kernelThreads, clock, yieldToEventLoop, pods: undefined, children: true },
    commandLines: createFakeCommandLines(fakeProc.root),
    groupingRules:
      rules === undefined ? defaultGroupingRules : { ...defaultGroupingRules, classifier: classifierOf(rules) },
    exitsUp: () => exitsUp,
    bootTime: { seconds: kernel.bootTime, refresh: () => undefined },
    watchExecs: () => (watcher === undefined ? Promise.reject(new Error("no watcher")) : Promise.resolve(watcher)),
    onWatcherFailed: () => undefined,
    poller: {
      billUpToNow: (process) => poller.billUpToNow(process),
      billAllUpToNow: (processes) => poller.billAllUpToNow(processes),
      findRan: (processes) => poller.findRan(processes),
    },
  });
  const poller = createPoller({
    ...{ ask, biller, proc, clock, counters, yieldToEventLoop, tracker: grouping.tracker },
    exitsUp: () => exitsUp,
    drainExits: () => undefined,
    onGone({ tgid }) {
      gone.push(tgid);
    },
  });
  biller.begin();
  await grouping.start();
  kernel.advance(1_000_000);
  const { groups, tracker, execHistory, factReader, groupResolver } = grouping;
  const shown = () => groups.list();
  return {
    ...{ groups, tracker, execHistory, factReader, groupResolver },
    ...{ kernel, fakeProc, proc, counters, biller, ask, poller, events, eventSocket, gone, users, yieldToEventLoop },
    async discover() {
      await tracker.discover({ thorough: true, yieldToEventLoop });
    },
    account(groupname) {
      const group = shown().find(({ labels }) => labels.groupname === groupname);
      if (group === undefined) throw new Error(`no group ${groupname}`);
      return group.account;
    },
    groupnames: () => shown().map(({ labels }) => labels.groupname ?? ""),
    close() {
      events.close();
      queries.close();
      fakeProc.dispose();
    },
  };
}
