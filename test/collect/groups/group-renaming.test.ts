import { expect, test } from "@jest/globals";
import type { Container } from "../../../src/collect/groups/containers.ts";
import type { GroupEntry } from "../../../src/collect/groups/group-entry.ts";
import { awaitingKey, keyOf } from "../../../src/collect/groups/group-keys.ts";
import { renameGroups } from "../../../src/collect/groups/group-renaming.ts";
import { createNamedEntry } from "../../support/groups.ts";

const pod = { namespace: "shop", pod: "web-0", container: "app" };

/** The entries of groups that wait for the names of their containers. */
function entriesOf(
  ...groups: readonly (readonly [groupname: string, container: Container])[]
): Map<string, GroupEntry> {
  return new Map(
    groups.map(([groupname, container]) => [
      awaitingKey({ groupname }, container),
      createNamedEntry(groupname, container),
    ]),
  );
}

const labelsOf = (entries: ReadonlyMap<string, GroupEntry>) => [...entries.values()].map(({ group }) => group.labels);

test("groups of a container get its labels and their keys, and wait no more", () => {
  const container = { key: "1", labels: pod, interim: undefined };
  const entries = entriesOf(["web", container], ["jobs", container]);
  renameGroups(entries, container);
  const labels = [
    { groupname: "web", ...pod },
    { groupname: "jobs", ...pod },
  ];
  expect([...entries.keys()]).toEqual(labels.map(keyOf));
  expect(labelsOf(entries)).toEqual(labels);
  expect([...entries.values()].map(({ awaits }) => awaits)).toEqual([undefined, undefined]);
});

test("groups of another container stay as they are", () => {
  const other = { key: "2", labels: undefined, interim: undefined };
  const entries = entriesOf(["web", other]);
  renameGroups(entries, { key: "1", labels: pod, interim: undefined });
  expect(labelsOf(entries)).toEqual([{ groupname: "web" }]);
  expect([...entries.values()].map(({ awaits }) => awaits)).toEqual([other]);
});

test("groups of a container without a name show its interim labels, and go on waiting", () => {
  const container = { key: "1", labels: undefined, interim: { container: "0123" } };
  const entries = entriesOf(["web", container]);
  const before = [...entries.keys()];
  renameGroups(entries, container);
  expect([...entries.keys()]).toEqual(before);
  expect(labelsOf(entries)).toEqual([{ groupname: "web", container: "0123" }]);
  expect([...entries.values()].map(({ awaits }) => awaits)).toEqual([container]);
});

test("a group is merged into the one that has its labels already, and both bill the same account from then on", () => {
  const container = { key: "2", labels: pod, interim: undefined };
  const entries = entriesOf(["web", container]);
  const [waiting] = entries.values();
  const former = createNamedEntry("web");
  former.shown = false;
  former.group.account.starts = 5;
  former.group.account.processes = 1;
  entries.set(keyOf({ groupname: "web", ...pod }), former);
  Object.assign(waiting?.group.account ?? {}, { starts: 2, processes: 3 });
  renameGroups(entries, container);
  expect([...entries.values()]).toEqual([former]);
  expect(former.shown).toBe(true);
  expect(former.group.account).toMatchObject({ starts: 7, processes: 4 });
  expect(waiting?.group.account).toBe(former.group.account);
  expect(waiting?.group.labels).toEqual({ groupname: "web", ...pod });
});
