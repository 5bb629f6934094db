import { describe, expect, test } from "@jest/globals";
import { computeRates, rateKinds, rateOf, readGrown } from "../../src/live/rates.ts";
import { createEmptyAccount, exit, ratesWith, spend } from "../support/live-groups.ts";

const fiveSeconds = { seconds: 5, cpus: 2 };

describe("what has grown", () => {
  test("is seconds of each activity and exits, those that failed counted again", () => {
    const account = createEmptyAccount();
    rateKinds.slice(0, -2).forEach((kind, index) => spend(account, kind as "run", index + 0.5));
    exit(account, 0, 7);
    exit(account, 0x100, 2);
    exit(account, 9, 1);
    expect([...readGrown({ account, sums: account.exact })]).toEqual([
      0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 10, 3,
    ]);
  });

  test("is 0 for a group to which nothing has been billed", () => {
    const account = createEmptyAccount();
    expect([...readGrown({ account, sums: account.exact })]).toEqual(rateKinds.map(() => 0));
  });
});

describe("rates", () => {
  test("are growths per second, each under its kind", () => {
    const before = ratesWith({ run: 10, blkio: 3, exits: 100 });
    const now = ratesWith({ run: 15, blkio: 4, irq: 20, exits: 120, failed: 5 });
    const rates = computeRates(before, now, fiveSeconds);
    expect(rateKinds.map((kind) => rateOf(rates, kind))).toEqual([1, 0, 0.2, 0, 0, 0, 0, 0, 4, 4, 1]);
    expect([...before]).toEqual([...ratesWith({ run: 10, blkio: 3, exits: 100 })]);
  });

  test("are never below 0", () => {
    expect([...computeRates(ratesWith({ run: 2 }), ratesWith({ run: 1 }), fiveSeconds)]).toEqual([...ratesWith({})]);
  });

  test("of a run time that is a little more than all CPUs have are shown: figures are read around the sample's time", () => {
    expect(rateOf(computeRates(ratesWith({}), ratesWith({ run: 25 }), fiveSeconds), "run")).toBe(5);
  });

  test("of a run time for which there was no time are 0, and exits stay", () => {
    const now = ratesWith({ run: 25.1, blkio: 50, exits: 5, failed: 5 });
    expect([...computeRates(ratesWith({}), now, fiveSeconds)]).toEqual([...ratesWith({ exits: 1, failed: 1 })]);
  });
});
