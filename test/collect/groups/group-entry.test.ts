import { describe, expect, test } from "@jest/globals";
import { showSums } from "../../../src/account/account.ts";
import { isHeldBack, mayGiveWay, notePage, type GroupEntry } from "../../../src/collect/groups/group-entry.ts";
import { createNamedEntry } from "../../support/groups.ts";

const container = { key: "1", labels: undefined, interim: undefined };

/** Shows the group on a page for scrapers. */
function show(entry: GroupEntry, first: "figures" | "zero"): void {
  notePage(entry, first);
  showSums(entry.group.account);
}

describe("a group is held back", () => {
  test("while it waits for a container's name that is expected in a moment", () => {
    expect(isHeldBack(createNamedEntry("a", container))).toBe(true);
  });

  test("no longer once its container has interim labels, or if it waits for none", () => {
    expect(isHeldBack(createNamedEntry("a", { ...container, interim: { container: "0123" } }))).toBe(false);
    expect(isHeldBack(createNamedEntry("a"))).toBe(false);
  });
});

describe("the figures of a group have been shown", () => {
  test("after its first page where that shows figures", () => {
    const entry = createNamedEntry("a");
    notePage(entry, "figures");
    expect(entry.figuresShown).toBe(true);
  });

  test("after its second page where the first shows 0 in their place", () => {
    const entry = createNamedEntry("a");
    notePage(entry, "zero");
    expect(entry.figuresShown).toBe(false);
    notePage(entry, "zero");
    expect(entry.figuresShown).toBe(true);
  });
});

describe("a group may give way", () => {
  test("while no page has shown its figures, whatever was billed to it", () => {
    const entry = createNamedEntry("a");
    Object.assign(entry.group.account, { starts: 5, threadExits: 5 });
    expect(mayGiveWay(entry)).toBe(true);
    show(entry, "zero");
    entry.group.account.threadExits++;
    expect(mayGiveWay(entry)).toBe(true);
  });

  test("not while it has a process", () => {
    const entry = createNamedEntry("a");
    entry.group.account.processes = 1;
    expect(mayGiveWay(entry)).toBe(false);
  });

  test("not while it waits for its container's name", () => {
    expect(mayGiveWay(createNamedEntry("a", container))).toBe(false);
    expect(mayGiveWay(createNamedEntry("a", { ...container, interim: { container: "0123" } }))).toBe(false);
  });

  test.each([
    { what: "a start", bill: ({ group }: GroupEntry) => (group.account.starts += 1) },
    { what: "a thread's exit", bill: ({ group }: GroupEntry) => (group.account.threadExits += 1) },
    { what: "a sum", bill: ({ group }: GroupEntry) => (group.account.exact[3] = 7) },
  ])("not while the last page lacks $what, and again after the next page", ({ bill }) => {
    const entry = createNamedEntry("a");
    show(entry, "figures");
    expect(mayGiveWay(entry)).toBe(true);
    bill(entry);
    expect(mayGiveWay(entry)).toBe(false);
    show(entry, "figures");
    expect(mayGiveWay(entry)).toBe(true);
  });

  test("where a sum has fallen below what was shown: the page has shown more than all of it", () => {
    const entry = createNamedEntry("a");
    entry.group.account.exact[3] = 7;
    show(entry, "figures");
    entry.group.account.exact[3] = 5;
    expect(mayGiveWay(entry)).toBe(true);
  });
});
