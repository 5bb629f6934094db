import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createAccount, showSums, type Account } from "../../src/account/account.ts";
import { createMeter, type Row } from "../../src/account/meter.ts";
import { fields } from "../../src/fields/fields.ts";

const sums = [3, 5];
const largest = [7];

function totals(first: number, second: number, max = 0): Float64Array {
  const values = new Float64Array(fields.length).fill(NaN);
  values[3] = first;
  values[5] = second;
  values[7] = max;
  return values;
}

const billed = ({ exact }: Account): number[] => sums.map((slot) => exact[slot] as number);

describe("a meter", () => {
  test("bills the first totals of a new row whole, and then their growth", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const row = meter.open();
    meter.bill(row, totals(10, 1), account);
    meter.bill(row, totals(15, 1), account);
    expect(billed(account)).toEqual([15, 1]);
  });

  test("bills nothing from before a baseline", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const row = meter.open();
    meter.baseline(row, totals(1000, 50, 9));
    meter.bill(row, totals(1001, 50, 9), account);
    expect(billed(account)).toEqual([1, 0]);
    expect(account.largest[7]).toBe(0);
  });

  test("keeps the largest value that came after the baseline", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const row = meter.open();
    meter.baseline(row, totals(1, 1, 9));
    meter.bill(row, totals(2, 1, 12), account);
    meter.billWhole(totals(1, 1, 11), account);
    expect(account.largest[7]).toBe(12);
  });

  test("ignores totals of zeros, which are the reply of a zombie", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const row = meter.open();
    meter.bill(row, totals(10, 4), account);
    meter.bill(row, totals(0, 0), account);
    expect(billed(account)).toEqual([10, 4]);
  });

  test("bills nothing for a field that the record does not have", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const row = meter.open();
    meter.bill(row, totals(10, NaN), account);
    meter.bill(row, totals(11, NaN), account);
    expect(billed(account)).toEqual([11, 0]);
  });

  test("uses a closed row for the next task, which begins at zero", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const first = meter.open();
    meter.bill(first, totals(100, 100), account);
    meter.close(first);
    const second = meter.open();
    expect(second).toBe(first);
    meter.bill(second, totals(3, 3), account);
    expect(billed(account)).toEqual([103, 103]);
    expect(meter.size()).toBe(1);
  });

  test("keeps rows apart when there are more than it has memory for at first", () => {
    const meter = createMeter({ sums, judged: [], largest });
    const account = createAccount([]);
    const rows = Array.from({ length: 2000 }, () => meter.open());
    rows.forEach((row, index) => meter.bill(row, totals(index, 1), account));
    rows.forEach((row, index) => meter.bill(row, totals(index + 1, 1), account));
    expect(billed(account)).toEqual([(2000 * 1999) / 2 + 2000, 2000]);
  });
});

/** What happens to a task, whose true figures only grow, and what the kernel replies. */
interface Step {
  readonly task: number;
  readonly what: "poll" | "double" | "zero" | "end" | "move";
  readonly grow: number;
}

const step = fc.record<Step>({
  task: fc.nat(7),
  what: fc.constantFrom("poll", "poll", "poll", "double", "zero", "end", "move"),
  grow: fc.nat(1000),
});

describe("whatever the kernel replies", () => {
  test("an account is the sum of all figures of its tasks in the end, and what it shows never falls", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.array(fc.nat(10_000), { minLength: 8, maxLength: 8 }),
        (steps, pasts) => {
          const meter = createMeter({ sums, judged: [], largest });
          const accounts = [createAccount([]), createAccount([])] as const;
          const shown = [0, 0];
          let owed = 0;
          // The first half of the tasks is older than the meter, with a past that must not be billed.
          const tasks = pasts.map((past, index) => openTask(index < 4 ? past : 0));
          function openTask(past: number): { row: Row; true: number; account: Account } {
            const row = meter.open();
            if (past > 0) meter.baseline(row, totals(past, past));
            return { row, true: past, account: accounts[0] };
          }
          for (const { task: index, what, grow } of steps) {
            const task = tasks[index] as ReturnType<typeof openTask>;
            owed += grow;
            task.true += grow;
            // A reply that counts an exiting thread twice is too high. The next one is right.
            if (what === "double" && task.true > 0)
              meter.bill(task.row, totals(task.true + 77, task.true + 77), task.account);
            else if (what === "zero") meter.bill(task.row, totals(0, 0), task.account);
            else meter.bill(task.row, totals(task.true, task.true), task.account);
            if (what === "move") task.account = task.account === accounts[0] ? accounts[1] : accounts[0];
            if (what === "end") {
              meter.close(task.row);
              tasks[index] = openTask(0);
            }
            accounts.forEach((account, which) => {
              const value = showSums(account)[3] as number;
              expect(value).toBeGreaterThanOrEqual(shown[which] as number);
              shown[which] = value;
            });
          }
          for (const task of tasks) if (task.true > 0) meter.bill(task.row, totals(task.true, task.true), task.account);
          expect((accounts[0].exact[3] as number) + (accounts[1].exact[3] as number)).toBe(owed);
        },
      ),
      { numRuns: 300 },
    );
  });
});
