/** Which program a process ran, by the forks and execs before. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import type { ProcessSnapshot } from "../../src/execs/exec-watcher.ts";
import { createLineage, type Lineage } from "../../src/execs/lineage.ts";

function snapshotOf(
  tgid: number,
  argv: readonly string[] | undefined,
  rest: Partial<ProcessSnapshot> = {},
): ProcessSnapshot {
  const none = { seenAtUs: 0, comm: "x", ppid: undefined, startTicks: undefined, cgroups: undefined, uids: undefined };
  return { ...none, tgid, argv, ...rest };
}

const exec = (lineage: Lineage, tgid: number, ...argv: string[]): void => lineage.exec(snapshotOf(tgid, argv));
const argvOf = (lineage: Lineage, tgid: number): readonly string[] | undefined => lineage.find(tgid)?.seen.argv;

describe("a forked process", () => {
  test("runs what its parent ran when it forked, also when that has started another program since", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh", "first");
    lineage.fork(10, 11);
    exec(lineage, 10, "true");
    lineage.fork(10, 12);
    expect([11, 12].map((tgid) => argvOf(lineage, tgid))).toEqual([["sh", "first"], ["true"]]);
  });

  test("passes it on through generations that nobody saw", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh");
    for (let tgid = 10; tgid < 60; tgid++) lineage.fork(tgid, tgid + 1);
    expect(lineage.describe(60, 1e9)).toMatchObject({ image: { seen: { tgid: 10 } }, sharesTitle: true });
  });

  test("is another one when its id is given out again", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh");
    lineage.fork(10, 11);
    exec(lineage, 20, "bash");
    lineage.fork(20, 11);
    expect(argvOf(lineage, 11)).toEqual(["bash"]);
  });

  test("of a parent of which nothing is known is told by the look at that, and by no other process's", () => {
    const lineage = createLineage();
    lineage.fork(1, 2);
    lineage.fork(2, 3);
    expect(lineage.describe(3, 0)).toBeUndefined();
    lineage.revisit({ snapshot: snapshotOf(2, ["sh", "two"]), ranUs: undefined });
    expect(lineage.describe(3, 0)).toBeUndefined();
    lineage.fork(2, 4);
    lineage.revisit({ snapshot: snapshotOf(1, ["bash", "one"]), ranUs: undefined });
    expect([argvOf(lineage, 3), argvOf(lineage, 4)]).toEqual([
      ["bash", "one"],
      ["sh", "two"],
    ]);
  });

  test("is unknown when events were lost, until its parent is seen again", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh");
    lineage.fork(10, 11);
    lineage.clear();
    lineage.fork(10, 12);
    expect([11, 12].map((tgid) => lineage.describe(tgid, 0))).toEqual([undefined, undefined]);
  });

  test("of one whose command line came too late is told by a look at that", () => {
    const lineage = createLineage();
    lineage.exec(snapshotOf(10, undefined));
    lineage.fork(10, 11);
    expect(lineage.describe(11, 0)?.sharesTitle).toBe(false);
    lineage.revisit({ snapshot: snapshotOf(10, ["sh"]), ranUs: undefined });
    expect(lineage.describe(11, 0)).toMatchObject({ image: { seen: { argv: ["sh"] } }, sharesTitle: true });
  });
});

describe("a forked process that was looked at", () => {
  const start = (): Lineage => {
    const lineage = createLineage();
    exec(lineage, 10, "server");
    for (const child of [11, 12, 13]) lineage.fork(10, child);
    return lineage;
  };

  test("and has a title has that, and the others of its program may have one", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["server"]), ranUs: 10_000 });
    expect(lineage.describe(12, 9000)?.sharesTitle).toBe(true);
    lineage.revisit({ snapshot: snapshotOf(12, ["server: worker"]), ranUs: 10_000 });
    expect(lineage.describe(12, 1e9)).toMatchObject({
      image: { seen: { argv: ["server: worker"] }, titledBy: 12 },
      sharesTitle: true,
    });
    expect([11, 13].map((tgid) => lineage.describe(tgid, 9000)?.sharesTitle)).toEqual([false, false]);
    lineage.fork(12, 14);
    expect(lineage.describe(14, 1)?.sharesTitle).toBe(false);
  });

  test("and had no title tells so of itself for a while, and of others as long as they lived no longer", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["server"]), ranUs: 10_000 });
    expect([9000, 15_000, 17_000].map((lifeUs) => lineage.describe(11, lifeUs)?.sharesTitle)).toEqual([
      true,
      true,
      false,
    ]);
    expect([9000, 15_000].map((lifeUs) => lineage.describe(13, lifeUs)?.sharesTitle)).toEqual([true, false]);
  });

  test("while it was writing its title has one that nobody knows until it is looked at again", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["      "]), ranUs: 1000 });
    expect(lineage.find(11)?.seen.argv).toBeUndefined();
    expect(lineage.describe(12, 900)?.sharesTitle).toBe(false);
    lineage.revisit({ snapshot: snapshotOf(11, ["db: session"]), ranUs: 1500 });
    expect(lineage.find(11)?.seen.argv).toEqual(["db: session"]);
  });

  test("before it had run tells nothing", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["server"]), ranUs: 0 });
    expect([11, 13].map((tgid) => lineage.describe(tgid, 50)?.sharesTitle)).toEqual([false, false]);
  });
});

test("a program whose children are in other control groups when they start theirs moves its children", () => {
  const lineage = createLineage();
  lineage.exec(snapshotOf(10, ["runtime"], { cgroups: ["/system"] }));
  lineage.fork(10, 11);
  lineage.exec(snapshotOf(11, ["app"], { cgroups: ["/system"] }));
  expect(lineage.find(10)?.movesChildren).toBe(false);
  lineage.fork(10, 12);
  lineage.exec(snapshotOf(12, ["app"], { cgroups: ["/pods/one"] }));
  expect([10, 11, 12].map((tgid) => lineage.find(tgid)?.movesChildren)).toEqual([true, false, false]);
});

describe("in a random tree of forks, execs, looks and losses", () => {
  /** What a process really is. Children of a server give themselves a title at once, sessions among them; those of others never. */
  interface Truth {
    readonly argv: string;
    readonly titles: boolean;
    readonly bornUs: number;
    readonly forkOnly: boolean;
  }

  const often = ["fork", "fork", "end"].flatMap((what) => Array.from({ length: 6 }, () => what));
  const step = fc.record({
    what: fc.constantFrom(...often, "exec", "exec", "look", "look", "lose"),
    who: fc.nat(),
    program: fc.constantFrom("sh", "bash", "server", "worker"),
    agedUs: fc.nat(5000),
  });

  /** @returns the ends of forked processes by whether they were told, and how many of those wrongly */
  function play(steps: readonly { what: string; who: number; program: string; agedUs: number }[]) {
    const lineage = createLineage();
    const alive = new Map<number, Truth>([[1, { argv: "sh", titles: false, bornUs: 0, forkOnly: false }]]);
    const ends = { told: 0, wrong: 0 };
    exec(lineage, 1, "sh");
    let [nextId, nowUs] = [100, 0];

    function fork(parent: number, { argv, titles }: Truth): void {
      const child = nextId++;
      alive.set(child, { argv: titles ? `server: ${child}` : argv, titles, bornUs: nowUs, forkOnly: true });
      lineage.fork(parent, child);
    }

    function end(tgid: number, { argv, bornUs, forkOnly }: Truth): void {
      if (tgid === 1) return;
      alive.delete(tgid);
      const descent = forkOnly ? lineage.describe(tgid, nowUs - bornUs) : undefined;
      if (descent?.sharesTitle !== true) return;
      ends.told++;
      if (descent.image.seen.argv?.join(" ") !== argv) ends.wrong++;
    }

    for (const { what, who, program, agedUs } of steps) {
      nowUs += agedUs;
      const tgid = [...alive.keys()][who % alive.size] as number;
      const truth = alive.get(tgid) as Truth;
      if (what === "fork") fork(tgid, truth);
      else if (what === "exec") {
        alive.set(tgid, { argv: program, titles: program === "server", bornUs: nowUs, forkOnly: false });
        exec(lineage, tgid, program);
      } else if (what === "look") {
        lineage.revisit({
          snapshot: snapshotOf(tgid, [truth.argv]),
          ranUs: truth.forkOnly ? nowUs - truth.bornUs : undefined,
        });
      } else if (what === "end") end(tgid, truth);
      else lineage.clear();
    }
    return ends;
  }

  test("no process is told another command line than its own, though hundreds are told", () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
        const ends = play(steps);
        expect(ends.wrong).toBe(0);
        told += ends.told;
      }),
    );
    expect(told).toBeGreaterThan(200);
  });
});

describe("long command lines", () => {
  const long = (text: string, length = 2 ** 19): string[] => ["server", text, "x".repeat(length)];
  /** Characters of arguments of these processes that are to be had. */
  const kept = (lineage: Lineage, tgids: readonly number[]): number =>
    tgids.flatMap((tgid) => argvOf(lineage, tgid) ?? []).reduce((sum, { length }) => sum + length, 0);
  const many = Array.from({ length: 60 }, (_, index) => 1000 + 10 * index);

  test("of many processes that fork and fork again are not all kept, and of short ones nothing is forgotten", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh", "short");
    for (const tgid of many) exec(lineage, tgid, ...long(String(tgid)));
    for (let round = 1; round < 4; round++) for (const tgid of many) lineage.fork(tgid, tgid + round);
    const all = many.flatMap((tgid) => [tgid, tgid + 1, tgid + 2, tgid + 3]);
    const distinct = new Map(all.map((tgid) => [argvOf(lineage, tgid)?.[1], tgid]));
    expect(kept(lineage, [...distinct.values()])).toBeLessThan(10 * 2 ** 20);
    lineage.fork(10, 11);
    expect(argvOf(lineage, 11)).toEqual(["sh", "short"]);
  });

  test("that are not kept are nobody's guess, until their process is looked at again", () => {
    const lineage = createLineage();
    for (const tgid of many) exec(lineage, tgid, ...long(String(tgid)));
    lineage.fork(1000, 1001);
    expect(argvOf(lineage, 1001)).toBeUndefined();
    lineage.revisit({ snapshot: snapshotOf(1000, long("1000")), ranUs: undefined });
    expect(argvOf(lineage, 1001)?.[1]).toBe("1000");
  });

  test("that were forgotten and are seen again of a child are no title", () => {
    const lineage = createLineage();
    for (const tgid of many) exec(lineage, tgid, ...long(String(tgid)));
    lineage.fork(1000, 1001);
    lineage.revisit({ snapshot: snapshotOf(1001, long("1000")), ranUs: 5000 });
    lineage.revisit({ snapshot: snapshotOf(1000, long("1000")), ranUs: undefined });
    expect(lineage.describe(1001, 6000)).toMatchObject({ image: { titledBy: undefined }, sharesTitle: true });
  });

  test("of a child of its own are a title, however long", () => {
    const lineage = createLineage();
    exec(lineage, 10, ...long("parent"));
    lineage.fork(10, 11);
    lineage.revisit({ snapshot: snapshotOf(11, long("child")), ranUs: 500 });
    expect([argvOf(lineage, 10)?.[1], argvOf(lineage, 11)?.[1]]).toEqual(["parent", "child"]);
    expect(lineage.describe(11, 1e9)?.image.titledBy).toBe(11);
  });
});
