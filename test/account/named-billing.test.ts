import { describe, expect, test } from "@jest/globals";
import { copyAccount, createAccount, mergeAccount, showSums, type Account } from "../../src/account/account.ts";
import { billedOf, createNamedBilling } from "../../src/account/named-billing.ts";
import { createPlan } from "../../src/account/plan.ts";
import { addExitedRun, readExitedRun } from "../../src/account/run-time.ts";
import { createThreadNames, findName, unknownName } from "../../src/account/thread-names.ts";
import { fields, slotOf } from "../../src/fields/fields.ts";
import { fc } from "../support/properties.ts";

const { thread } = createPlan({ deadThreadsKept: true, threadNames: true });
const billing = createNamedBilling([...thread.sums, ...thread.judged]);
const minflt = slotOf("ac_minflt");
const runTime = slotOf("cpu_run_virtual_total");
const limit = 3;

function bill(account: Account, name: string, work: () => void): void {
  billing.begin(account);
  work();
  billing.end(account, findName((account.threadNames ??= createThreadNames(limit)), name));
}

const grow = (account: Account, name: string, slot: number, amount: number): void =>
  bill(account, name, () => {
    account.exact[slot] = (account.exact[slot] as number) + amount;
  });

const sumsOf = (account: Account, slot: number): Record<string, number | undefined> =>
  Object.fromEntries([...(account.threadNames?.byName ?? [])].map(([name, { sums }]) => [name, sums[slot]]));

/** The sum over all names, by slot. */
function sumOfNames({ threadNames }: Account): Float64Array {
  const all = new Float64Array(fields.length);
  for (const { sums } of threadNames?.byName.values() ?? []) {
    sums.forEach((value, slot) => (all[slot] = (all[slot] as number) + value));
  }
  return all;
}

test("a name gets what was billed to the account meanwhile", () => {
  const account = createAccount([]);
  grow(account, "a", minflt, 5);
  grow(account, "b", minflt, 7);
  grow(account, "a", minflt, 1);
  expect(sumsOf(account, minflt)).toEqual({ a: 6, b: 7 });
});

test("what is taken back is worked off by whichever name grows next, and the group's figure stands still as long", () => {
  const account = createAccount([]);
  grow(account, "a", minflt, 10);
  grow(account, "a", minflt, -4);
  expect([sumsOf(account, minflt), showSums(account)[minflt]]).toEqual([{ a: 10 }, 10]);
  grow(account, "b", minflt, 3);
  expect([sumsOf(account, minflt), showSums(account)[minflt]]).toEqual([{ a: 10, b: 0 }, 10]);
  grow(account, "b", minflt, 3);
  expect([sumsOf(account, minflt), showSums(account)[minflt]]).toEqual([{ a: 10, b: 2 }, 12]);
  expect(account.exact[minflt]).toBe(12);
});

test("what the kernel's sum of an exited thread lacks goes to the thread's name", () => {
  const account = createAccount([]);
  const record = new Float64Array(fields.length);
  Object.entries({ cpu_count: 1, ac_etime: 3000, cpu_run_virtual_total: 1e6 }).forEach(([key, value]) => {
    record[slotOf(key as "ac_etime")] = value;
  });
  bill(account, "brief", () => {
    account.exact[runTime] = 1e6;
    addExitedRun(account.missingRunTime, readExitedRun(record, 4e6), 4e6);
  });
  expect(sumsOf(account, runTime)).toEqual({ brief: 3e6 });
  expect(billedOf(account, runTime)).toBe(3e6);
});

test("a copy keeps what it had", () => {
  const account = createAccount([]);
  grow(account, "a", minflt, 5);
  const copy = copyAccount(account);
  grow(account, "a", minflt, 5);
  grow(account, "b", minflt, 5);
  expect(sumsOf(copy, minflt)).toEqual({ a: 5 });
  expect(copy.threadNames?.byName.get("a")?.labels).toBe(account.threadNames?.byName.get("a")?.labels);
});

describe("two accounts that are added up", () => {
  test("have the names of both, up to the limit", () => {
    const [from, to] = [createAccount([]), createAccount([])];
    for (const name of ["a", "b", "c"]) grow(from, name, minflt, 1);
    for (const name of ["c", "d"]) grow(to, name, minflt, 10);
    mergeAccount(from, to);
    expect(sumsOf(to, minflt)).toEqual({ c: 11, d: 10, a: 1, other: 1 });
  });

  test("owe what both owed", () => {
    const [from, to] = [createAccount([]), createAccount([])];
    grow(from, "a", minflt, 8);
    grow(from, "a", minflt, -2);
    grow(to, "a", minflt, 5);
    mergeAccount(from, to);
    expect([showSums(to)[minflt], to.exact[minflt]]).toEqual([13, 11]);
    grow(to, "a", minflt, 3);
    expect([sumsOf(to, minflt), showSums(to)[minflt]]).toEqual([{ a: 14 }, 14]);
  });

  test("have what their estimates of the run time together exceed the single ones by under unknown", () => {
    const [from, to] = [createAccount([]), createAccount([])];
    // Of the one, ticks tell more than is possible, of the other less: together they are within the bounds.
    bill(from, "a", () => Object.assign(from.missingRunTime, { ticked: 20, tickedMost: 10 }));
    bill(to, "a", () => Object.assign(to.missingRunTime, { ticked: -5, tickedMost: 10 }));
    mergeAccount(from, to);
    expect(sumsOf(to, runTime)).toEqual({ a: 10, [unknownName]: 5 });
    expect(showSums(to)[runTime]).toBe(15);
  });
});

describe("for any history", () => {
  const slots = [minflt, runTime, slotOf("blkio_delay_total")];
  const act = fc.record({
    what: fc.constantFrom("grow", "grow", "take back", "exit", "show", "merge"),
    account: fc.nat(1),
    name: fc.constantFrom("a", "b", "c", "d", "e", "", "other", "unknown"),
    slot: fc.constantFrom(...slots),
    amount: fc.integer({ min: 0, max: 1000 }),
    sleeps: fc.nat(2),
  });
  type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

  function exit(account: Account, { name, amount, sleeps }: Act): void {
    const record = new Float64Array(fields.length);
    record[slotOf("cpu_count")] = sleeps + 1;
    record[slotOf("nvcsw")] = sleeps;
    record[slotOf("ac_etime")] = 100 * amount;
    record[runTime] = 1000 * amount;
    record[slotOf("ac_utime")] = amount % 5 === 0 ? 4000 : 0;
    bill(account, name, () => {
      account.exact[runTime] = (account.exact[runTime] as number) + 1000 * amount;
      addExitedRun(account.missingRunTime, readExitedRun(record, 4e6), 4e6);
    });
  }

  test("the names add up to what the page shows, and no name falls", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
        const accounts = [createAccount([]), createAccount([])];
        for (const next of acts) {
          const account = accounts[next.account] as Account;
          const former = copyAccount(account).threadNames?.byName ?? new Map<string, { sums: Float64Array }>();
          if (next.what === "grow") grow(account, next.name, next.slot, next.amount);
          else if (next.what === "take back") {
            grow(account, next.name, next.slot, -Math.min(next.amount, account.exact[next.slot] as number));
          } else if (next.what === "exit") exit(account, next);
          else if (next.what === "merge") {
            mergeAccount(accounts[1 - next.account] as Account, account);
            accounts[1 - next.account] = createAccount([]);
          } else {
            const shown = showSums(account);
            const all = sumOfNames(account);
            for (const slot of slots) expect(all[slot]).toBe(shown[slot]);
          }
          for (const [name, { sums }] of former) {
            const now = account.threadNames?.byName.get(name)?.sums;
            for (const slot of slots) expect(now?.[slot]).toBeGreaterThanOrEqual(sums[slot] as number);
          }
          expect(account.threadNames?.byName.size ?? 0).toBeLessThanOrEqual(limit + 2);
        }
        for (const account of accounts) {
          const shown = showSums(account).slice();
          const all = sumOfNames(account);
          for (const slot of slots) expect(all[slot]).toBe(shown[slot]);
        }
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  });
});
