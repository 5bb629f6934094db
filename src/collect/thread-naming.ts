/**
 * Divides what is billed to groups by the names of threads (`--collector.threads`). A thread's record bills all figures to the name that
 * the record has: what happened between two records goes to the later name.
 */

import type { Account, Totals } from "../account/account.ts";
import type { Row } from "../account/meter.ts";
import { createNamedBilling } from "../account/named-billing.ts";
import type { Plan } from "../account/plan.ts";
import { createSumsRests } from "../account/sums-rest.ts";
import { createThreadNames, findName, overflowName, unknownName, type NamedThreads } from "../account/thread-names.ts";
import { slotOf } from "../fields/fields.ts";
import type { Process } from "./groups/process.ts";

export interface ThreadNaming {
  /** Call it before something is billed to this group's account by the record of a thread. */
  begin(account: Account): void;
  /** Gives what has been billed since `begin` to a thread's name. @param row of the thread; undefined where it never had one */
  end(process: Process, name: string, row: Row | undefined): void;
  /** A row has been opened: its thread's name is not known yet. */
  noteOpened(row: Row): void;
  /** An exit record has come. @param billed false where it could not be billed: then only the sums of its process hold what it did */
  noteExit(process: Process, values: Totals, billed: boolean): void;
  /** Notes the sums of a process, and bills what its earlier sums hold that no thread's record has. */
  noteSums(process: Process, sums: Totals): void;
  /** Notes the first sums of a process that is older than the exporter: nothing before them is billed. */
  noteBaseline(process: Process, sums: Totals): void;
  /** Bills what the last sums of a process hold that no thread's record has: no more records will come. */
  close(process: Process): void;
  /** The live threads by the entry of their name in their group's account. */
  countLive(processes: Iterable<Process>): ReadonlyMap<NamedThreads, number>;
  /** Names of a group at the most. */
  limit: number;
  /** How often a thread was put under the name `other` because of the limit. */
  readonly overflowed: number;
}

export interface ThreadNamingOptions {
  readonly plan: Plan;
  readonly limit: number;
  /** Whether a thread may have exited without a record. */
  readonly isLossy: () => boolean;
}

const tgidSlot = slotOf("ac_tgid");

export function createThreadNaming({ plan, limit, isLossy }: ThreadNamingOptions): ThreadNaming {
  const billing = createNamedBilling([...plan.thread.sums, ...plan.thread.judged]);
  const rests = createSumsRests(plan.process.sums);
  /** The name of each row's thread, as its last record has it. */
  const rowNames: (string | undefined)[] = [];
  let overflowed = 0;
  /** True where exit records name no process: a record may have been given to another one, and the sums hold it too. */
  let isAnonymous = false;

  function find(account: Account, name: string): NamedThreads {
    const names = (account.threadNames ??= createThreadNames(naming.limit));
    names.limit = naming.limit;
    return findName(names, name);
  }

  function noteName(name: string, row: Row | undefined, { labels }: NamedThreads): void {
    const isNew = row === undefined || rowNames[row] !== name;
    if (isNew && labels.threadname === overflowName && name !== overflowName) overflowed++;
    if (row !== undefined && isNew) rowNames[row] = name;
  }

  function billRest({ sumsRest, group: { account } }: Process): void {
    if (sumsRest === undefined || isAnonymous || !(sumsRest.lacksRecord || isLossy())) return;
    if (!rests.differs(sumsRest)) return;
    billing.begin(account);
    rests.bill(sumsRest, account.exact);
    billing.end(account, find(account, unknownName));
  }

  const naming: ThreadNaming = {
    limit,
    begin: billing.begin,
    end(process, name, row) {
      const { account } = process.group;
      const named = find(account, name);
      billing.end(account, named);
      noteName(name, row, named);
      // Process 0 stands for any that nobody tracks: its threads' records are all there is of it.
      if (process.tgid !== 0) rests.noteThread((process.sumsRest ??= rests.create()), billing.before, account.exact);
    },
    noteOpened(row) {
      rowNames[row] = undefined;
    },
    noteExit(process, values, billed) {
      const tgid = values[tgidSlot] as number;
      if (tgid !== tgid) isAnonymous = true;
      if (!billed && process.sumsRest !== undefined) process.sumsRest.lacksRecord = true;
    },
    noteBaseline(process, sums) {
      process.sumsRest = rests.create(sums);
    },
    noteSums(process, sums) {
      billRest(process);
      rests.note((process.sumsRest ??= rests.create()), sums);
    },
    close(process) {
      billRest(process);
      process.sumsRest = undefined;
    },
    countLive(processes) {
      const live = new Map<NamedThreads, number>();
      for (const { group, threads } of processes) {
        for (const row of threads.values()) {
          const name = rowNames[row];
          if (name === undefined) continue;
          const named = find(group.account, name);
          live.set(named, (live.get(named) ?? 0) + 1);
        }
      }
      return live;
    },
    get overflowed() {
      return overflowed;
    },
  };
  return naming;
}
