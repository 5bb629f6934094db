import { describe, expect, test } from "@jest/globals";
import { mergeAccount, type Account } from "../../src/account/account.ts";
import { createHistory, historySeconds, type History, type Plot } from "../../src/live/history.ts";
import { rateKinds, rateOf, type RateKind } from "../../src/live/rates.ts";
import { createEmptyAccount, exit, figuresOf, spend } from "../support/live-groups.ts";

const start = 1000;
const samplesOfRing = 180;

/** Samples each five seconds, and does something to the accounts before each sample. */
function sampleTimes(
  history: History,
  accounts: readonly Account[],
  { from = start, times, act = () => undefined }: { from?: number; times: number; act?: (time: number) => void },
): number {
  let now = from;
  for (let time = 0; time < times; time++) {
    act(time);
    history.note(figuresOf(...accounts), now);
    now += 5;
  }
  return now;
}

const rate = (history: History, account: Account, kind: RateKind): number => rateOf(history.ratesOf(account), kind);
const count = (plot: Plot, kind: RateKind, value: number): number =>
  (plot.get(kind) ?? []).filter((average) => average === value).length;

describe("the rates of a group", () => {
  test("are 0 after the first sample, whatever was billed before: it is the baseline", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    spend(account, "run", 500);
    exit(account, 256, 1000);
    expect(history.span).toBeUndefined();
    history.note(figuresOf(account), start);
    expect(history.span).toBeUndefined();
    expect([...history.ratesOf(account)]).toEqual(rateKinds.map(() => 0));
  });

  test("are what grew between the last two samples, by the seconds between them", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    history.note(figuresOf(account), start);
    spend(account, "blkio", 6);
    exit(account, 9, 3);
    history.note(figuresOf(account), start + 12);
    expect(history.span).toBe(12);
    expect([rate(history, account, "blkio"), rate(history, account, "failed")]).toEqual([0.5, 0.25]);
    history.note(figuresOf(account), start + 15);
    expect([history.span, rate(history, account, "blkio")]).toEqual([3, 0]);
  });

  test("that appears after the first sample hold all that was billed to it", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    history.note([], start);
    exit(account, 0, 20);
    history.note(figuresOf(account), start + 5);
    expect(rate(history, account, "exits")).toBe(4);
  });

  test("are 0 while it is off the page, and go on from its last figures when it comes back", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    const now = sampleTimes(history, [account], { times: 3, act: () => spend(account, "run", 5) });
    history.note([], now);
    expect(rate(history, account, "run")).toBe(0);
    history.note([], now + 5);
    spend(account, "run", 2);
    history.note(figuresOf(account), now + 10);
    expect(rate(history, account, "run")).toBe(0.4);
  });

  test("that was never sampled are 0", () => {
    expect(rate(createHistory(2), createEmptyAccount(), "run")).toBe(0);
  });

  test("do not divide by zero where two samples have one time", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    history.note(figuresOf(account), start);
    exit(account, 0);
    history.note(figuresOf(account), start);
    expect(rate(history, account, "exits")).toBe(1000);
  });

  test("stand still while too much that was billed is taken back, and do not count it twice", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    history.note(figuresOf(account), start);
    spend(account, "blkio", 5);
    history.note(figuresOf(account), start + 5);
    spend(account, "blkio", -3);
    history.note(figuresOf(account), start + 10);
    expect(rate(history, account, "blkio")).toBe(0);
    spend(account, "blkio", 4);
    history.note(figuresOf(account), start + 15);
    expect(rate(history, account, "blkio")).toBe(0.2);
  });
});

describe("a group into which another one is merged", () => {
  test("shows of the other one only what no sample has shown", () => {
    const history = createHistory(2);
    const [to, from] = [createEmptyAccount(), createEmptyAccount()];
    const act = (): void => {
      exit(from, 0, 10_000);
      spend(from, "blkio", 5);
    };
    const now = sampleTimes(history, [to, from], { times: 10, act });
    exit(from, 0, 5);
    exit(to, 0, 10);
    mergeAccount(from, to);
    exit(to, 0, 5);
    history.note(figuresOf(to), now);
    expect([rate(history, to, "exits"), rate(history, to, "blkio")]).toEqual([4, 0]);
    exit(to, 0, 5);
    history.note(figuresOf(to), now + 5);
    expect(rate(history, to, "exits")).toBe(1);
  });

  test("may be new: then it begins where the other one was", () => {
    const history = createHistory(2);
    const [to, from] = [createEmptyAccount(), createEmptyAccount()];
    const now = sampleTimes(history, [from], { times: 3, act: () => exit(from, 0, 1000) });
    mergeAccount(from, to);
    exit(to, 0, 5);
    history.note(figuresOf(to), now);
    expect(rate(history, to, "exits")).toBe(1);
  });

  test("shows all of a group that was on no page", () => {
    const history = createHistory(2);
    const [to, from] = [createEmptyAccount(), createEmptyAccount()];
    const now = sampleTimes(history, [to], { times: 2 });
    exit(from, 0, 15);
    mergeAccount(from, to);
    history.note(figuresOf(to), now);
    expect(rate(history, to, "exits")).toBe(3);
  });

  test("counts what was sampled of a third group, merged into the other one before", () => {
    const history = createHistory(2);
    const [to, from, third] = [createEmptyAccount(), createEmptyAccount(), createEmptyAccount()];
    const now = sampleTimes(history, [to, from, third], { times: 2, act: () => exit(third, 0, 700) });
    mergeAccount(third, from);
    mergeAccount(from, to);
    history.note(figuresOf(to), now);
    expect(rate(history, to, "exits")).toBe(0);
  });
});

describe("a plot", () => {
  test("has the newest sample in its last column, zeros before the group was there, and NaN before the first sample", () => {
    const history = createHistory(2);
    const [old, young] = [createEmptyAccount(), createEmptyAccount()];
    const now = sampleTimes(history, [old], { times: 3 });
    exit(young, 0, 10);
    history.note(figuresOf(old, young), now);
    const plot = history.plot(young, samplesOfRing);
    expect([...plot.keys()]).toEqual(["exits"]);
    expect(plot.get("exits")?.slice(-4)).toEqual([NaN, 0, 0, 2]);
    expect(plot.get("exits")).toHaveLength(samplesOfRing);
    expect(count(plot, "exits", NaN)).toBe(0);
    expect(plot.get("exits")?.filter(Number.isNaN)).toHaveLength(samplesOfRing - 3);
  });

  test("holds 15 minutes, and no sample of the round before", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    sampleTimes(history, [account], {
      times: 1 + samplesOfRing + 30,
      act: (time) => exit(account, 0, time <= 30 ? 500 : 5),
    });
    const plot = history.plot(account, samplesOfRing);
    expect(count(plot, "exits", 1)).toBe(samplesOfRing);
  });

  test("leaves out what happened longer ago than it reaches", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    const act = (time: number): void => {
      if (time === 1) exit(account, 0);
    };
    const now = sampleTimes(history, [account], { times: 1 + samplesOfRing, act });
    expect([...history.plot(account, 10).keys()]).toEqual(["exits"]);
    history.note(figuresOf(account), now);
    expect([...history.plot(account, 10).keys()]).toEqual([]);
  });

  test("of samples that are a minute apart leaves out what is older, and has no gap", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    for (let minute = 0; minute <= 30; minute++) {
      if (minute === 5) exit(account, 0, 600);
      if (minute > 0) spend(account, "cpu", 30);
      history.note(figuresOf(account), start + minute * 60);
    }
    const plot = history.plot(account, 90);
    expect([...plot.keys()]).toEqual(["cpu"]);
    expect(count(plot, "cpu", 0.5)).toBe(90);
  });

  test("shows the time in which samples failed by the average over that time", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    history.note(figuresOf(account), start);
    spend(account, "blkio", 20);
    history.note(figuresOf(account), start + 40);
    expect(history.plot(account, 90).get("blkio")?.slice(-5)).toEqual([NaN, 0.5, 0.5, 0.5, 0.5]);
  });

  test("has zeros for the time in which the group was off the page, also before it comes back", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    // The ring is full, and a part of it is written again while the group is away.
    const now = sampleTimes(history, [account], { times: 1 + samplesOfRing, act: () => exit(account, 0, 5) });
    const later = sampleTimes(history, [], { from: now, times: 4 });
    const ends = (): readonly number[] | undefined => history.plot(account, samplesOfRing).get("exits")?.slice(-6);
    expect(ends()).toEqual([1, 1, 0, 0, 0, 0]);
    exit(account, 0, 10);
    history.note(figuresOf(account), later);
    expect(ends()).toEqual([1, 0, 0, 0, 0, 2]);
  });

  test("of a group that comes back after more than 15 minutes shows nothing of before", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    const now = sampleTimes(history, [account], { times: 1 + samplesOfRing, act: () => exit(account, 0, 5) });
    const later = sampleTimes(history, [], { from: now, times: 3 * samplesOfRing + 7 });
    expect([...history.plot(account, 10).keys()]).toEqual([]);
    exit(account, 0, 10);
    history.note(figuresOf(account), later);
    const averages = history.plot(account, samplesOfRing).get("exits");
    expect(averages?.filter((average) => average > 0)).toEqual([2]);
  });

  test("of a group that was never sampled is empty", () => {
    expect([...createHistory(2).plot(createEmptyAccount(), 5)]).toEqual([]);
  });

  test("adds up to the exits of 15 minutes, whatever the columns", () => {
    const history = createHistory(2);
    const account = createEmptyAccount();
    sampleTimes(history, [account], { times: 400, act: (time) => exit(account, 0, time % 7) });
    const total = (columns: number): number =>
      (history.plot(account, columns).get("exits") ?? []).reduce((sum, average) => sum + average, 0) *
      (historySeconds / columns);
    const expected = Array.from({ length: samplesOfRing }, (_, back) => (399 - back) % 7).reduce((a, b) => a + b);
    for (const columns of [1, 7, 90, 180, 450]) expect(total(columns)).toBeCloseTo(expected, 2);
  });
});
