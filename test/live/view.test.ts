import { describe, expect, test } from "@jest/globals";
import {
  busiestOf,
  busyOf,
  figureOf,
  isNamed,
  nameOf,
  sortGroups,
  sortKeys,
  sumGroups,
  viewGroup,
  type GroupView,
  type SortKey,
} from "../../src/live/view.ts";
import { createEmptyAccount, groupViewOf, ratesWith } from "../support/live-groups.ts";
import { groupOf } from "../support/page-figures.ts";

const job = groupViewOf("job", { run: 1, waits: { cpu: 0.5, blkio: 2 }, exits: 4, failed: 3 });

const namesBy = (key: SortKey, ...groups: readonly GroupView[]): string[] => sortGroups(groups, key).map(nameOf);

describe("the view of a group", () => {
  test("has its rates, and leaves out kinds without a wait", () => {
    const figures = groupOf("job", createEmptyAccount());
    expect(viewGroup(figures, ratesWith({ run: 0.5, irq: 0.25, exits: 2, failed: 1 }))).toEqual({
      ...{ labels: { groupname: "job" }, processes: 1, threads: 1 },
      ...{ run: 0.5, waits: { irq: 0.25 }, exits: 2, failed: 1 },
    });
  });

  test("is busy with all that its threads do, exits apart", () => {
    expect(busyOf(job)).toBe(3.5);
  });

  test("is the busiest by that, and one hundredth of a thread is the least that fills a bar", () => {
    expect(busiestOf([groupViewOf("idle"), job])).toBe(3.5);
    expect(busiestOf([groupViewOf("idle", { run: 0.001 })])).toBe(0.01);
    expect(busiestOf([])).toBe(0.01);
  });

  test("has a figure for each key", () => {
    const figures = { busy: 3.5, run: 1, cpu: 0.5, blkio: 2, exits: 4, failed: 3, name: 0, irq: 0, swapin: 0 };
    for (const [key, value] of Object.entries(figures))
      expect([key, figureOf(job, key as SortKey)]).toEqual([key, value]);
    expect(sortKeys.map((key) => figureOf(job, key)).filter(Number.isNaN)).toEqual([]);
  });

  test("is named by its groupname, and then by its other labels", () => {
    expect(nameOf({ labels: { namespace: "web", groupname: "nginx", pod: "a-1" } })).toBe(
      "nginx namespace=web pod=a-1",
    );
    expect(nameOf({ labels: {} })).toBe("");
  });

  test("is found by a part of its name in whatever case", () => {
    const group = { labels: { groupname: "Nginx", pod: "Web-1" } };
    expect([isNamed(group, "ngi"), isNamed(group, "POD=web"), isNamed(group, ""), isNamed(group, "x-")]).toEqual([
      ...[true, true, true, false],
    ]);
  });
});

describe("sorted groups", () => {
  const runs = groupViewOf("runs", { run: 2 });
  const waits = groupViewOf("waits", { waits: { blkio: 3 } });
  const both = groupViewOf("both", { run: 2, waits: { blkio: 0.5 } });
  const [idleA, idleB] = [groupViewOf("a"), groupViewOf("b")];

  test("have the highest figure first, then the busier one, then the name", () => {
    expect(namesBy("run", idleB, waits, runs, idleA, both)).toEqual(["both", "runs", "waits", "a", "b"]);
    expect(namesBy("busy", idleB, both, waits)).toEqual(["waits", "both", "b"]);
    expect(namesBy("blkio", runs, both, waits)).toEqual(["waits", "both", "runs"]);
  });

  test("by name do not look at figures", () => {
    expect(namesBy("name", waits, idleB, runs, idleA)).toEqual(["a", "b", "runs", "waits"]);
  });

  test("are a new array: the view stays as it is", () => {
    const groups = [idleA, runs];
    expect(sortGroups(groups, "run")).toEqual([runs, idleA]);
    expect(groups).toEqual([idleA, runs]);
  });
});

describe("the sum of groups", () => {
  test("adds up all figures, and leaves out kinds without a wait", () => {
    const other = groupViewOf("other", { processes: 5, threads: 9, run: 0.5, waits: { blkio: 1, wpcopy: 0.25 } });
    expect(sumGroups([job, other])).toEqual({
      ...{ labels: {}, processes: 6, threads: 10, run: 1.5, exits: 4, failed: 3 },
      waits: { cpu: 0.5, blkio: 3, wpcopy: 0.25 },
    });
  });

  test("of no group is 0", () => {
    expect(sumGroups([])).toEqual({ labels: {}, processes: 0, threads: 0, run: 0, waits: {}, exits: 0, failed: 0 });
  });
});
