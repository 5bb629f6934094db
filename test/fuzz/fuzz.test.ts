/**
 * Gives all parsers of foreign bytes the inputs that once broke one, and inputs made by a fixed seed. `npm run fuzz`
 * makes more.
 */

import { describe, expect, test } from "@jest/globals";
import { corpusTargets, readCorpus } from "./corpus.ts";
import { createRun, tryInput } from "./run.ts";
import { targets } from "./targets.ts";

const seed = 20_261_128;

describe.each(targets.map((target) => [target.name, target] as const))("the parser of %s", (name, target) => {
  test("takes the real inputs that others are made of", () => {
    for (const input of target.seeds) tryInput(target, input);
  });

  test("holds its promises for all inputs that once broke one", () => {
    for (const { input } of readCorpus(name)) tryInput(target, input);
  });

  test("holds its promises for inputs made of these, and tells some of them apart", () => {
    const corpus = readCorpus(name).map(({ input }) => input);
    const run = createRun(target, seed, corpus);
    run.go(target.quick);
    expect(run.count).toBe(target.quick);
    expect(run.outcomes).toBeGreaterThan(1);
  });
});

test("what is kept belongs to a target", () => {
  expect(corpusTargets().filter((name) => !targets.some((target) => target.name === name))).toEqual([]);
});
