import { describe, expect, test } from "@jest/globals";
import type { ProcessSnapshot } from "../../src/execs/exec-watcher.ts";
import { createImages, differs, isKnown, weighSnapshot } from "../../src/execs/images.ts";
import { digestOf } from "../../src/execs/kept-arguments.ts";

function snapshotOf(argv: readonly string[] | undefined, rest: Partial<ProcessSnapshot> = {}): ProcessSnapshot {
  const none = { ppid: undefined, startTicks: undefined, cgroups: undefined, uids: undefined };
  return { tgid: 7, seenAtUs: 0, comm: "prog", argv, ...none, ...rest };
}

/** Arguments that are just longer than the 4096 characters that are always kept. */
const long = (text: string): readonly string[] => [text, "x".repeat(4096)];

describe("an image", () => {
  test("that nobody has seen has an owner and nothing else", () => {
    const images = createImages();
    const image = images.create(7, 0);
    expect([image.owner, images.read(image), isKnown(image), image.program]).toEqual([7, undefined, false, undefined]);
  });

  test("is known from its first snapshot with arguments on", () => {
    const images = createImages();
    const image = images.create(7, 0, snapshotOf(undefined));
    expect([isKnown(image), image.program]).toEqual([false, undefined]);
    const seen = snapshotOf(["server", "-a"]);
    images.learn(image, seen, 0);
    expect([images.read(image), isKnown(image)]).toEqual([seen, true]);
    expect(image.program).toEqual({ comm: "prog", argv: ["server", "-a"] });
  });

  test("keeps its first program when a later snapshot shows other arguments", () => {
    const images = createImages();
    const image = images.create(7, 0, snapshotOf(["server"]));
    images.learn(image, snapshotOf(["server: title"]), 0);
    expect([images.read(image)?.argv, image.program?.argv]).toEqual([["server: title"], ["server"]]);
  });

  test("differs where any argument does", () => {
    const image = createImages().create(7, 0, snapshotOf(["a", "b"]));
    const lines = [["a", "b"], ["a"], ["a", "c"], ["a", "b", ""], ["a b"]];
    expect(lines.map((argv) => differs(image, argv))).toEqual([false, true, true, true, true]);
  });
});

describe("long arguments", () => {
  test("are read as they were seen while there is room, each time as the same object", () => {
    const images = createImages();
    const seen = snapshotOf(long("a"));
    const image = images.create(7, 0, seen);
    expect([images.read(image), images.read(image) === images.read(image)]).toEqual([seen, true]);
    expect(image.seen?.argv).toBeUndefined();
  });

  test("without room are known by their digest: they can be compared, but not read", () => {
    const images = createImages({ lifeUs: Infinity, limit: 1 });
    const image = images.create(7, 0, snapshotOf(long("a"), { comm: "first" }));
    for (const text of ["b", "c", "d"]) images.create(8, 0, snapshotOf(long(text)));
    expect(images.read(image)).toEqual(snapshotOf(undefined, { comm: "first" }));
    expect(isKnown(image)).toBe(true);
    expect([differs(image, long("a")), differs(image, long("b"))]).toEqual([false, true]);
  });

  test("stay for another life where the image is used, and go where it is not", () => {
    const images = createImages({ lifeUs: 100, limit: 2 ** 20 });
    const [used, unused] = [images.create(7, 0, snapshotOf(long("a"))), images.create(8, 0, snapshotOf(long("b")))];
    for (let nowUs = 60; nowUs < 600; nowUs += 60) {
      images.use(used, nowUs);
      images.create(9, nowUs, snapshotOf(long(String(nowUs))));
    }
    expect([images.read(used)?.argv, images.read(unused)?.argv]).toEqual([long("a"), undefined]);
  });

  test("are there again when the process is read again", () => {
    const images = createImages({ lifeUs: Infinity, limit: 1 });
    const image = images.create(7, 0, snapshotOf(long("a")));
    for (const text of ["b", "c", "d"]) images.create(8, 0, snapshotOf(long(text)));
    images.learn(image, snapshotOf(long("a")), 0);
    expect(images.read(image)?.argv).toEqual(long("a"));
  });

  test("are shortened for titles to the end of argv[0], and to whether there are more arguments", () => {
    const images = createImages();
    const path = `/${"long/".repeat(2000)}server`;
    const one = images.create(7, 0, snapshotOf([path]));
    const several = images.create(8, 0, snapshotOf([path, "-a"]));
    expect(one.program?.argv).toEqual([path.slice(-1024)]);
    expect(several.program?.argv).toEqual([path.slice(-1024), digestOf([path, "-a"])]);
  });
});

test("a snapshot weighs what its texts take, but long arguments no more than what is always kept", () => {
  expect(weighSnapshot(snapshotOf(undefined))).toBe(256);
  expect(weighSnapshot(snapshotOf(["12345", ""], { cgroups: ["/a"] }))).toBe(256 + (5 + 24) + 24 + (2 + 24));
  expect(weighSnapshot(snapshotOf(long("a")))).toBe(256 + 4096);
});
