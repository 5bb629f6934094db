/** Walks over trees of control groups: directories with the files of cgroups(7). */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createControlGroupReader, type ControlGroupReader } from "../../src/procfs/control-groups.ts";
import { createFakeControlGroups, type FakeControlGroups } from "../support/fake-control-groups.ts";

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "taskstats-exporter-proc-"));
  mkdirSync(join(proc, "self"));
});
afterEach(() => rmSync(proc, { recursive: true }));

describe.each([1, 2] as const)("a hierarchy of version %i", (version) => {
  let tree: FakeControlGroups;
  let reader: ControlGroupReader;
  beforeEach(() => {
    tree = createFakeControlGroups(version);
    writeFileSync(join(proc, "self/mountinfo"), tree.mountinfo);
    reader = createControlGroupReader(proc);
  });
  afterEach(() => tree.dispose());

  test("gives the control groups with a quota, and the processes in them and below", async () => {
    tree.set("pods", { tgids: [1] });
    tree.set("pods/a", { quotaUs: 50_000, throttledNs: 7000, tgids: [2] });
    tree.set("pods/a/inner", { quotaUs: 10_000, throttledNs: 5000, tgids: [3, 4] });
    tree.set("pods/b", { tgids: [5] });
    const { limited, seen, complete } = await reader.walk();
    const found = limited.map(({ path, throttledNs, tgids }) => [path, throttledNs, [...tgids].sort()]);
    expect(Object.fromEntries(found.map(([path, ...rest]) => [path, rest]))).toEqual({
      [`${tree.root}/pods/a`]: [7000, [2, 3, 4]],
      [`${tree.root}/pods/a/inner`]: [5000, [3, 4]],
    });
    expect([seen.size, complete]).toEqual([5, true]);
  });

  test("finds processes of a limited control group below which nothing has the controller", async () => {
    tree.set("a", { quotaUs: 50_000 });
    tree.set("a/plain", { quotaUs: null, tgids: [9] });
    const { limited } = await reader.walk();
    expect(limited.map(({ tgids }) => [...tgids])).toEqual([[9]]);
  });

  test("finds a quota that is set later within four walks, and in the next one that it was taken away", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) tree.set(name, {});
    for (let walks = 0; walks < 6; walks++) expect((await reader.walk()).limited).toEqual([]);
    for (const name of names) tree.set(name, { quotaUs: 50_000 });
    const found = new Set<string>();
    for (let walks = 0; walks < 4; walks++) for (const { path } of (await reader.walk()).limited) found.add(path);
    expect([...found].sort()).toEqual(names.map((name) => join(tree.root, name)));
    tree.set("a", {});
    expect((await reader.walk()).limited).toHaveLength(4);
  });

  test("finds the quota of a new control group in the next walk", async () => {
    await reader.walk();
    tree.set("a", { quotaUs: 50_000 });
    expect((await reader.walk()).limited).toHaveLength(1);
  });

  test("reads one control group again, and gives undefined once it was removed", async () => {
    tree.set("a", { quotaUs: 50_000, throttledNs: 7000 });
    const path = join(tree.root, "a");
    const first = await reader.readThrottled(path);
    tree.set("a", { quotaUs: 50_000, throttledNs: 9000 });
    expect(await reader.readThrottled(path)).toEqual({ inode: first?.inode, throttledNs: 9000 });
    tree.remove("a");
    expect(await reader.readThrottled(path)).toBeUndefined();
  });

  test("gives a walk that is not complete where a file cannot be read", async () => {
    tree.set("a", { quotaUs: 50_000 });
    rmSync(join(tree.root, "a/cgroup.procs"));
    mkdirSync(join(tree.root, "a/cgroup.procs"));
    expect((await reader.walk()).complete).toBe(false);
  });

  test("is looked for again when it has gone", async () => {
    await reader.walk();
    rmSync(tree.root, { recursive: true });
    expect(await reader.walk()).toEqual({ seen: new Set(), limited: [], complete: false });
    const other = createFakeControlGroups(version);
    writeFileSync(join(proc, "self/mountinfo"), other.mountinfo);
    expect((await reader.walk()).seen).toEqual(new Set([other.root]));
    other.dispose();
    mkdirSync(tree.root);
  });
});

test("a walk does not go below a control group of v2 that lacks the controller", async () => {
  const tree = createFakeControlGroups(2);
  writeFileSync(join(proc, "self/mountinfo"), tree.mountinfo);
  tree.set("user", { quotaUs: null });
  tree.set("user/deep", { quotaUs: null });
  const { seen } = await createControlGroupReader(proc).walk();
  expect(seen).toEqual(new Set([tree.root, join(tree.root, "user")]));
  tree.dispose();
});

test("a walk is not complete where no hierarchy is mounted", async () => {
  expect((await createControlGroupReader(proc).walk()).complete).toBe(false);
});
