import { expect, test } from "@jest/globals";
import {
  addGrown,
  copyThreadNames,
  createThreadNames,
  findName,
  mergeThreadNames,
  overflowName,
  unknownName,
} from "../../src/account/thread-names.ts";

const namesOf = ({ byName }: ReturnType<typeof createThreadNames>): string[] => [...byName.keys()];

test("names beyond the limit are other, and those that are there are found", () => {
  const names = createThreadNames(2);
  const [one, two] = [findName(names, "one"), findName(names, "two")];
  expect(findName(names, "three").labels).toEqual({ threadname: overflowName });
  expect(findName(names, "four")).toBe(findName(names, "three"));
  expect([findName(names, "one"), findName(names, "two")]).toEqual([one, two]);
  expect(namesOf(names)).toEqual(["one", "two", "other"]);
});

test("other and unknown take no other name's place", () => {
  const names = createThreadNames(1);
  for (const name of [overflowName, unknownName, "one", "two"]) findName(names, name);
  expect(namesOf(names)).toEqual(["other", "unknown", "one"]);
});

test("an empty name is unknown", () => {
  const names = createThreadNames(1);
  expect(findName(names, "")).toBe(findName(names, unknownName));
  expect(namesOf(names)).toEqual(["unknown"]);
});

test("a limit that is lowered keeps the names that are there", () => {
  const names = createThreadNames(3);
  for (const name of ["one", "two", "three"]) findName(names, name);
  names.limit = 1;
  expect(findName(names, "three").labels.threadname).toBe("three");
  expect(findName(names, "four").labels.threadname).toBe("other");
});

test("a growth makes up for what is owed before it is added", () => {
  const names = createThreadNames(3);
  const named = findName(names, "one");
  addGrown(names, named, 4, 10);
  addGrown(names, named, 4, -7);
  expect([named.sums[4], names.owed[4]]).toEqual([10, 7]);
  addGrown(names, named, 4, 5);
  expect([named.sums[4], names.owed[4]]).toEqual([10, 2]);
  addGrown(names, named, 4, 5);
  expect([named.sums[4], names.owed[4]]).toEqual([13, 0]);
});

test("names that are added to others are under the same names, and what is owed adds up", () => {
  const [from, to] = [createThreadNames(2), createThreadNames(2)];
  addGrown(from, findName(from, "one"), 4, 10);
  addGrown(from, findName(from, "three"), 4, 1);
  addGrown(from, findName(from, "three"), 4, -1);
  addGrown(to, findName(to, "two"), 4, 5);
  const copy = copyThreadNames(to);
  mergeThreadNames(from, to);
  expect([...to.byName].map(([name, { sums }]) => [name, sums[4]])).toEqual([
    ["two", 5],
    ["one", 10],
    ["other", 1],
  ]);
  expect([to.owed[4], copy.owed[4], namesOf(copy)]).toEqual([1, 0, ["two"]]);
});
