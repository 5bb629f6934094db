import { describe, expect, test } from "@jest/globals";
import {
  noLabels,
  type GroupChanges,
  type Labels,
  type MetricHead,
  type SeriesSink,
} from "../../src/exposition/series.ts";
import { createTextWriter } from "../../src/exposition/text-writer.ts";

const head: MetricHead = { name: "m", help: "Help.", type: "gauge" };
const [a, b, c] = [{ groupname: "a" }, { groupname: "b" }, { groupname: "c" }];
const groups = [a, b, c];
const first: GroupChanges = { groups, changed: undefined };

type Values = ReadonlyMap<Labels, readonly number[]>;

/** A writer, and the groups that it asked for their series. */
function createSituation() {
  const writer = createTextWriter("text");
  const asked: string[] = [];
  function write(values: Values, changes: GroupChanges): readonly string[] {
    asked.splice(0);
    const changed = (changes.changed ?? []).map((position) => changes.groups[position] ?? noLabels);
    const fill = (sink: SeriesSink, which: "all" | "changed"): void => {
      asked.push(which);
      for (const group of which === "all" ? changes.groups : changed) {
        (values.get(group) ?? []).forEach((value, index) => sink.value(group, ownLabels[index] ?? noLabels, value));
      }
      for (const value of values.get(noLabels) ?? []) sink.value(noLabels, noLabels, value);
    };
    const bytes = writer.write(head, fill, changes);
    return bytes?.toString().trim().split("\n").slice(2) ?? [];
  }
  return { writer, write, asked };
}

const ownLabels = [{ kind: "x" }, { kind: "y" }];
const valuesOf = (...ofGroups: readonly (readonly number[])[]): Values =>
  new Map(groups.map((group, index) => [group, ofGroups[index] ?? []]));

describe("a metric of groups", () => {
  test("is asked only for the groups that changed", () => {
    const { writer, write, asked } = createSituation();
    write(valuesOf([1, 2], [3, 4], [5]), first);
    expect([asked, writer.count, writer.work]).toEqual([["all"], 5, 5]);
    const next = write(valuesOf([1, 2], [3, 77], [5]), { groups, changed: [1] });
    expect(next).toEqual([
      'm{groupname="a",kind="x"} 1',
      'm{groupname="a",kind="y"} 2',
      'm{groupname="b",kind="x"} 3',
      'm{groupname="b",kind="y"} 77',
      'm{groupname="c",kind="x"} 5',
    ]);
    expect([asked, writer.count, writer.work]).toEqual([["changed"], 10, 7]);
  });

  test.each<[string, Values]>([
    ["has a series more", valuesOf([1], [3, 4], [5])],
    ["has a series less", valuesOf([1], [], [5])],
  ])("is asked for all groups where one that changed %s", (_what, values) => {
    const { write, asked } = createSituation();
    write(valuesOf([1], [3], [5]), first);
    const lines = write(values, { groups, changed: [1] });
    expect(asked).toEqual(["changed", "all"]);
    expect(lines).toEqual(createSituation().write(values, first));
  });

  test("that had no series has those that came", () => {
    const { write } = createSituation();
    expect(write(valuesOf(), first)).toEqual([]);
    expect(write(valuesOf(), { groups, changed: [1] })).toEqual([]);
    expect(write(valuesOf([], [3]), { groups, changed: [1] })).toEqual(['m{groupname="b",kind="x"} 3']);
    expect(write(valuesOf([], []), { groups, changed: [1] })).toEqual([]);
  });

  test("finds its series where groups went since it was asked for all", () => {
    const { write, asked } = createSituation();
    write(valuesOf([1], [3], [5]), first);
    write(valuesOf([1], [3], [5]), { groups: [b, c], changed: undefined });
    expect(write(valuesOf([1], [3], [6]), { groups: [b, c], changed: [1] })).toEqual([
      'm{groupname="b",kind="x"} 3',
      'm{groupname="c",kind="x"} 6',
    ]);
    expect(asked).toEqual(["changed"]);
  });

  test("finds its series where a group without any came before them", () => {
    const { write } = createSituation();
    write(valuesOf([], [3]), { groups: [b], changed: undefined });
    write(valuesOf([], [3]), { groups: [a, b], changed: undefined });
    expect(write(valuesOf([], [4]), { groups: [a, b], changed: [1] })).toEqual(['m{groupname="b",kind="x"} 4']);
  });
});

test("a metric that is none of groups is always asked for all its series", () => {
  const { write, asked } = createSituation();
  write(new Map([[noLabels, [1]]]), first);
  expect(write(new Map([[noLabels, [2]]]), { groups, changed: [] })).toEqual(["m 2"]);
  expect(asked).toEqual(["all"]);
  expect(write(new Map(), { groups, changed: [] })).toEqual([]);
  // Without series it could be one of groups.
  expect(write(new Map([[noLabels, [3]]]), { groups, changed: [] })).toEqual(["m 3"]);
  expect(asked).toEqual(["changed", "all"]);
});
