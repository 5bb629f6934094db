/** Sums up the states of processes for each group. */

import type { Account } from "../../account/account.ts";
import type { StateFigures } from "../../exposition/page.ts";
import {
  memoryKindNames,
  threadStateNames,
  type MemoryKind,
  type StateCollector,
  type ThreadState,
} from "../../fields/state-metrics.ts";
import { createThreadCounts, type ProcessState } from "./process-state.ts";

/** The sums of one group. */
interface Sums {
  readonly threads: Record<ThreadState, number>;
  readonly leaders: Record<ThreadState, number>;
  longestWaitUs: number;
  readonly memory: Record<MemoryKind, number>;
  openFds: number;
  worstFdRatio: number;
  /** Processes that were read, and live ones that could not be: while none was read, the group's figures are not known. */
  read: number;
  unread: number;
  /** Whether the descriptors of a process are not known, so that their sum is not. */
  fdsDenied: boolean;
}

export interface StateSums {
  /** @param state undefined where the process has not been read */
  add(account: Account, state: ProcessState | undefined): void;
  addZombie(account: Account): void;
  /** The figures of a group; of one without live processes they are 0. */
  of(account: Account): StateFigures;
}

function createSums(): Sums {
  return {
    threads: createThreadCounts(),
    leaders: createThreadCounts(),
    longestWaitUs: 0,
    memory: { resident: 0, virtual: 0, swap: 0 },
    openFds: 0,
    worstFdRatio: 0,
    read: 0,
    unread: 0,
    fdsDenied: false,
  };
}

const idle = createSums();

/** @param nowUs the time of the page, on the monotonic clock */
export function createStateSums(collectors: ReadonlySet<StateCollector>, nowUs: number): StateSums {
  const byAccount = new Map<Account, Sums>();

  function sumsOf(account: Account): Sums {
    let sums = byAccount.get(account);
    if (sums === undefined) {
      sums = createSums();
      byAccount.set(account, sums);
    }
    return sums;
  }

  function addDescriptors(sums: Sums, { openFds, fdLimit }: ProcessState): void {
    if (typeof openFds !== "number") {
      sums.fdsDenied ||= openFds === "denied";
      return;
    }
    sums.openFds += openFds;
    if (fdLimit !== undefined && fdLimit > 0) sums.worstFdRatio = Math.max(sums.worstFdRatio, openFds / fdLimit);
  }

  return {
    add(account, state) {
      const sums = sumsOf(account);
      if (state === undefined) {
        sums.unread++;
        return;
      }
      sums.read++;
      const { threads, leader, waits, memory } = state;
      if (threads !== undefined) for (const name of threadStateNames) sums.threads[name] += threads[name];
      if (leader !== undefined) sums.leaders[leader]++;
      for (const { sinceUs } of waits) sums.longestWaitUs = Math.max(sums.longestWaitUs, nowUs - sinceUs);
      if (memory !== undefined) for (const kind of memoryKindNames) sums.memory[kind] += memory[kind];
      addDescriptors(sums, state);
    },
    addZombie(account) {
      sumsOf(account).threads.zombie++;
    },
    of(account) {
      const sums = byAccount.get(account) ?? idle;
      if (sums.read === 0 && sums.unread > 0) return {};
      return {
        ...(collectors.has("states") && {
          ...{ threads: sums.threads, leaders: sums.leaders, uninterruptibleSeconds: sums.longestWaitUs / 1e6 },
        }),
        ...(collectors.has("memory") && { memory: sums.memory }),
        ...(collectors.has("fds") && !sums.fdsDenied && { openFds: sums.openFds, worstFdRatio: sums.worstFdRatio }),
      };
    },
  };
}
