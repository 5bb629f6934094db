/**
 * Gives names of threads exactly what is billed to their group's account: it compares the account before and after. So whatever is
 * corrected or refused on the way to the account is so for the names too. Pure.
 */

import { fields, slotOf } from "../fields/fields.ts";
import { missingNs, type MissingRunTime } from "./run-time.ts";
import {
  addGrown,
  createThreadNames,
  findName,
  mergeThreadNames,
  unknownName,
  type NamedThreads,
  type ThreadNames,
} from "./thread-names.ts";

/** The part of an account that is divided by names. */
export interface Divided {
  readonly exact: Float64Array;
  readonly shown: Float64Array;
  /** Counts each change of `shown`. */
  raised: number;
  readonly missingRunTime: MissingRunTime;
  threadNames: ThreadNames | undefined;
}

const runTimeSlot = slotOf("cpu_run_virtual_total");

/** What has been billed of one slot, in kernel units; for the run time with what the kernel's sums of exited threads lack. */
export function billedOf({ exact, missingRunTime }: Pick<Divided, "exact" | "missingRunTime">, slot: number): number {
  return slot === runTimeSlot ? (exact[slot] as number) + missingNs(missingRunTime) : (exact[slot] as number);
}

export interface NamedBilling {
  /** `exact` of the account, as it was when `begin` was called. */
  readonly before: Float64Array;
  /** Notes what has been billed to the account so far. */
  begin(account: Divided): void;
  /** Gives what has been billed to the account since `begin` to a name of it. */
  end(account: Divided, named: NamedThreads): void;
}

/** @param slots all slots that are billed */
export function createNamedBilling(slots: readonly number[]): NamedBilling {
  const order = Uint16Array.from(slots);
  const before = new Float64Array(fields.length);
  let missingBefore = 0;
  return {
    before,
    begin({ exact, missingRunTime }) {
      before.set(exact);
      missingBefore = missingNs(missingRunTime);
    },
    end(account, named) {
      const names = account.threadNames;
      if (names === undefined) return;
      for (const slot of order) {
        const former = (before[slot] as number) + (slot === runTimeSlot ? missingBefore : 0);
        const grown = billedOf(account, slot) - former;
        if (grown === 0) continue;
        addGrown(names, named, slot, grown);
        if (grown < 0) keepShown(account, slot);
      }
    },
  };
}

/** What was taken back stays on the page, in the group's figure and in those of its names alike, until it has been made up for. */
function keepShown(account: Divided, slot: number): void {
  const owed = account.threadNames?.owed[slot] as number;
  const kept = billedOf(account, slot) + owed;
  if (owed > 0 && kept > (account.shown[slot] as number)) {
    account.shown[slot] = kept;
    account.raised++;
  }
}

/**
 * Adds the figures of a group's names to those of another group's. Called when everything else of the two accounts has been added up.
 *
 * @param estimatedNs by how much the estimate of the missing run time of both together exceeds the two estimates
 */
export function mergeNamedSums(from: Divided, to: Divided, estimatedNs: number): void {
  if (from.threadNames === undefined) return;
  const names = (to.threadNames ??= createThreadNames(from.threadNames.limit));
  mergeThreadNames(from.threadNames, names);
  if (estimatedNs > 0) addGrown(names, findName(names, unknownName), runTimeSlot, estimatedNs);
  else names.owed[runTimeSlot] = (names.owed[runTimeSlot] as number) - estimatedNs;
  for (let slot = 0; slot < names.owed.length; slot++) keepShown(to, slot);
}
