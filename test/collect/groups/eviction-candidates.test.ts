import { describe, expect, test } from "@jest/globals";
import { createEvictionCandidates } from "../../../src/collect/groups/eviction-candidates.ts";
import type { GroupEntry } from "../../../src/collect/groups/group-entry.ts";
import { createNamedEntry } from "../../support/groups.ts";

/**
 * Candidates among groups that were last used in this order.
 *
 * @param maxGroups 8 makes a search remember one group, 16 two, and so on
 */
function start(names: readonly string[], maxGroups = 8) {
  const entries = new Map<string, GroupEntry>();
  const use = (name: string, at: number): void => {
    const entry = entries.get(name) ?? createNamedEntry(name);
    entry.lastUse = at;
    entries.set(name, entry);
  };
  names.forEach(use);
  const staying = new Set<string>();
  let searched = 0;
  const candidates = createEvictionCandidates({
    entries,
    stays: (key) => staying.has(key),
    noteExits() {
      searched++;
    },
    maxGroups: () => maxGroups,
  });
  /** The key of the next candidate, which is then removed as the registry does. */
  const evict = (): string | undefined => {
    const [key] = candidates.take() ?? [];
    if (key !== undefined) entries.delete(key);
    return key;
  };
  const setProcesses = (name: string, count: number): void => {
    const entry = entries.get(name);
    if (entry !== undefined) entry.group.account.processes = count;
  };
  return {
    ...{ entries, staying, candidates, use, evict, setProcesses },
    /** How many groups all searches together have compared. */
    get searched() {
      return searched;
    },
  };
}

describe("the next group to give way", () => {
  test("is the one that has been idle longest, in whatever order they were made", () => {
    const groups = start(["a", "b", "c"]);
    groups.use("a", 10);
    expect([groups.evict(), groups.evict(), groups.evict(), groups.evict()]).toEqual(["b", "c", "a", undefined]);
  });

  test("is neither one that stays nor one that has a process", () => {
    const groups = start(["a", "b", "c"]);
    groups.staying.add("a");
    groups.setProcesses("b", 1);
    expect([groups.evict(), groups.evict()]).toEqual(["c", undefined]);
  });

  test("is not one that was used after it was found", () => {
    const groups = start(["a", "b", "c", "d"], 16);
    expect(groups.evict()).toBe("a");
    groups.use("b", 10);
    expect(groups.evict()).toBe("c");
  });

  test("is not one that got a process or was removed after it was found", () => {
    const groups = start(["a", "b", "c", "d"], 24);
    expect(groups.evict()).toBe("a");
    groups.setProcesses("b", 1);
    groups.entries.delete("c");
    expect(groups.evict()).toBe("d");
  });

  test("counts exits that were noted during the search", () => {
    const entries = new Map(["a", "b"].map((name, at) => [name, { ...createNamedEntry(name), lastUse: at }]));
    const candidates = createEvictionCandidates({
      entries,
      stays: () => false,
      noteExits: (entry) => void (entry.lastUse += entry.group.labels["groupname"] === "a" ? 10 : 0),
      maxGroups: () => 8,
    });
    expect(candidates.take()?.[0]).toBe("b");
  });
});

describe("a search", () => {
  test("finds an eighth of the limit at once", () => {
    const groups = start(
      Array.from({ length: 16 }, (_, index) => `group ${index}`),
      16,
    );
    groups.evict();
    groups.evict();
    expect(groups.searched).toBe(16);
    groups.evict();
    expect(groups.searched).toBe(16 + 14);
  });

  test("that found none is not repeated before an eighth of the limit has asked, or `retry` allows it", () => {
    const groups = start(["a"], 32);
    groups.setProcesses("a", 1);
    expect([1, 2, 3, 4].map(() => groups.candidates.any())).toEqual([false, false, false, false]);
    expect(groups.searched).toBe(1);
    groups.setProcesses("a", 0);
    expect(groups.candidates.any()).toBe(true);

    const retried = start(["a"], 32);
    retried.setProcesses("a", 1);
    expect(retried.candidates.any()).toBe(false);
    retried.setProcesses("a", 0);
    expect(retried.candidates.any()).toBe(false);
    retried.candidates.retry();
    expect(retried.candidates.any()).toBe(true);
  });
});
