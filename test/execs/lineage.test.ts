/** Which program a process ran, from the forks and execs before. */

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
  test("runs what its parent ran at the fork, also when the parent has started another program since", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh", "first");
    lineage.fork(10, 11);
    exec(lineage, 10, "true");
    lineage.fork(10, 12);
    expect([11, 12].map((tgid) => argvOf(lineage, tgid))).toEqual([["sh", "first"], ["true"]]);
  });

  test("hands its program on through generations that nobody saw", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh");
    for (let tgid = 10; tgid < 60; tgid++) lineage.fork(tgid, tgid + 1);
    expect(lineage.describe(60, 1e9)).toMatchObject({ image: { seen: { tgid: 10 } }, sharesTitle: true });
  });

  test("is another process when its id is used again", () => {
    const lineage = createLineage();
    exec(lineage, 10, "sh");
    lineage.fork(10, 11);
    exec(lineage, 20, "bash");
    lineage.fork(20, 11);
    expect(argvOf(lineage, 11)).toEqual(["bash"]);
  });

  test("of an unknown parent gets its program from a snapshot of that parent, and of no other process", () => {
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

  test("of a parent whose command line was read too late gets it from a revisit of the parent", () => {
    const lineage = createLineage();
    lineage.exec(snapshotOf(10, undefined));
    lineage.fork(10, 11);
    expect(lineage.describe(11, 0)?.sharesTitle).toBe(false);
    lineage.revisit({ snapshot: snapshotOf(10, ["sh"]), ranUs: undefined });
    expect(lineage.describe(11, 0)).toMatchObject({ image: { seen: { argv: ["sh"] } }, sharesTitle: true });
  });
});

describe("a revisited process", () => {
  const start = (): Lineage => {
    const lineage = createLineage();
    exec(lineage, 10, "server");
    for (const child of [11, 12, 13]) lineage.fork(10, child);
    return lineage;
  };

  test("with a title has that title, and the others of its program may have one", () => {
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

  test("without a title has none until its next revisit is due, and others that lived no longer have none", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["server"]), ranUs: 10_000 });
    expect([9000, 15_000, 17_000].map((lifeUs) => lineage.describe(11, lifeUs)?.sharesTitle)).toEqual([
      true,
      true,
      false,
    ]);
    expect([9000, 15_000].map((lifeUs) => lineage.describe(13, lifeUs)?.sharesTitle)).toEqual([true, false]);
  });

  test("that is writing its title has an unknown one until it is revisited again", () => {
    const lineage = start();
    lineage.revisit({ snapshot: snapshotOf(11, ["      "]), ranUs: 1000 });
    expect(lineage.find(11)?.seen.argv).toBeUndefined();
    expect(lineage.describe(12, 900)?.sharesTitle).toBe(false);
    lineage.revisit({ snapshot: snapshotOf(11, ["db: session"]), ranUs: 1500 });
    expect(lineage.find(11)?.seen.argv).toEqual(["db: session"]);
  });

  test("that has not run yet says nothing about titles", () => {
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

describe("in a random tree of forks, execs, revisits and losses", () => {
  /** What a process really is. Children of a server give themselves a title at once; those of other programs never do. */
  interface Truth {
    readonly argv: string;
    readonly titles: boolean;
    readonly bornUs: number;
    readonly forkOnly: boolean;
  }

  const often = ["fork", "fork", "end"].flatMap((what) => Array.from({ length: 6 }, () => what));
  const step = fc.record({
    what: fc.constantFrom(...often, "exec", "exec", "revisit", "revisit", "lose"),
    who: fc.nat(),
    program: fc.constantFrom("sh", "bash", "server", "worker"),
    agedUs: fc.nat(5000),
  });

  /** @returns how many forked processes exited with a command line that the lineage knew, and how many of these were wrong */
  function play(steps: readonly { what: string; who: number; program: string; agedUs: number }[]) {
    const lineage = createLineage();
    const alive = new Map<number, Truth>([[1, { argv: "sh", titles: false, bornUs: 0, forkOnly: false }]]);
    const exits = { known: 0, wrong: 0 };
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
      exits.known++;
      if (descent.image.seen.argv?.join(" ") !== argv) exits.wrong++;
    }

    for (const { what, who, program, agedUs } of steps) {
      nowUs += agedUs;
      const tgid = [...alive.keys()][who % alive.size] as number;
      const truth = alive.get(tgid) as Truth;
      if (what === "fork") fork(tgid, truth);
      else if (what === "exec") {
        alive.set(tgid, { argv: program, titles: program === "server", bornUs: nowUs, forkOnly: false });
        exec(lineage, tgid, program);
      } else if (what === "revisit") {
        lineage.revisit({
          snapshot: snapshotOf(tgid, [truth.argv]),
          ranUs: truth.forkOnly ? nowUs - truth.bornUs : undefined,
        });
      } else if (what === "end") end(tgid, truth);
      else lineage.clear();
    }
    return exits;
  }

  test("no process gets another command line than its own, and hundreds get theirs", () => {
    let known = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
        const exits = play(steps);
        expect(exits.wrong).toBe(0);
        known += exits.known;
      }),
    );
    expect(known).toBeGreaterThan(200);
  });
});

describe("long command lines", () => {
  const long = (text: string, length = 2 ** 19): string[] => ["server", text, "x".repeat(length)];
  /** Characters of the arguments of these processes that are kept. */
  const kept = (lineage: Lineage, tgids: readonly number[]): number =>
    tgids.flatMap((tgid) => argvOf(lineage, tgid) ?? []).reduce((sum, { length }) => sum + length, 0);
  const many = Array.from({ length: 60 }, (_, index) => 1000 + 10 * index);

  test("of many processes that fork again and again are not all kept, but short ones are", () => {
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

  test("that are not kept are unknown until their process is read again", () => {
    const lineage = createLineage();
    for (const tgid of many) exec(lineage, tgid, ...long(String(tgid)));
    lineage.fork(1000, 1001);
    expect(argvOf(lineage, 1001)).toBeUndefined();
    lineage.revisit({ snapshot: snapshotOf(1000, long("1000")), ranUs: undefined });
    expect(argvOf(lineage, 1001)?.[1]).toBe("1000");
  });

  test("that were dropped and are seen again in a child are no title", () => {
    const lineage = createLineage();
    for (const tgid of many) exec(lineage, tgid, ...long(String(tgid)));
    lineage.fork(1000, 1001);
    lineage.revisit({ snapshot: snapshotOf(1001, long("1000")), ranUs: 5000 });
    lineage.revisit({ snapshot: snapshotOf(1000, long("1000")), ranUs: undefined });
    expect(lineage.describe(1001, 6000)).toMatchObject({ image: { titledBy: undefined }, sharesTitle: true });
  });

  test("of a child that differ from those of its parent are a title", () => {
    const lineage = createLineage();
    exec(lineage, 10, ...long("parent"));
    lineage.fork(10, 11);
    lineage.revisit({ snapshot: snapshotOf(11, long("child")), ranUs: 500 });
    expect([argvOf(lineage, 10)?.[1], argvOf(lineage, 11)?.[1]]).toEqual(["parent", "child"]);
    expect(lineage.describe(11, 1e9)?.image.titledBy).toBe(11);
  });
});
