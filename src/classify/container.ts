/**
 * What paths of control groups say of a process: its containers, its pod, its unit of systemd. By form alone, as runtimes
 * write them (the table of its test). A path begins where the reader's own cgroup namespace does
 * (cgroup_namespaces(7)), perhaps with `/..`, so what counts is its end.
 */

import { memoize } from "./memo.ts";

export interface ContainerPath {
  /** Ids of 64 hexadecimal digits, innermost first: a container may run within another. */
  readonly ids: readonly string[];
  /** As the API writes it, with `-`; a static pod's 32 hexadecimal digits. */
  readonly podUid: string | undefined;
}

/** undefined where no path is one of a container or a pod. Of paths that differ, the one within most containers counts. */
export function findContainer(cgroups: readonly string[]): ContainerPath | undefined {
  let found: ContainerPath | undefined;
  for (const cgroup of cgroups) {
    const container = containerOf(cgroup);
    if (container !== undefined && (found === undefined || isWithin(container, found))) found = container;
  }
  return found;
}

/** Hierarchies of v1 that an inner runtime does not use still show the outer container. */
function isWithin(container: ContainerPath, other: ContainerPath): boolean {
  if (container.ids.length !== other.ids.length) return container.ids.length > other.ids.length;
  return other.podUid === undefined && container.podUid !== undefined;
}

/** Takes 0.3 us where it is remembered and 3 us where it is not, as long as reading the path from /proc. */
const containerOf = memoize((cgroup): ContainerPath | undefined => {
  const names = namesOf(cgroup);
  const ids = names.flatMap((name) => idOf(name) ?? []);
  const podUid = names.flatMap((name) => podUidOf(name) ?? [])[0];
  return ids.length === 0 && podUid === undefined ? undefined : { ids: [...new Set(ids)], podUid };
});

/** Names of a path, innermost first. */
function namesOf(cgroup: string): string[] {
  return cgroup.split("/").reverse();
}

const idLength = 64;
const hexadecimal = /^[0-9a-f]+$/;

/** What stands before an id: nothing, or its runtime (`docker-`, `:cri-containerd:`). conmon only watches a container. */
const runtime = /(?:^|(?<!conmon)[^0-9A-Za-z])$/;

function idOf(name: string): string | undefined {
  const whole = name.endsWith(".scope") ? name.slice(0, -".scope".length) : name;
  const id = whole.slice(-idLength);
  const isId = id.length === idLength && hexadecimal.test(id) && runtime.test(whole.slice(0, -idLength));
  return isId ? id : undefined;
}

/** `pod<uid>`, or a slice in whose name `_` stands for `-`. */
const pod = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::|$)/;

function podUidOf(name: string): string | undefined {
  return pod.exec(name)?.[1]?.replaceAll("_", "-");
}

/**
 * Innermost systemd unit (`nginx.service`, `session-3.scope`, else the slice) of the paths; undefined where there is none.
 * A container has those that run inside it, and the service that it is part of, unless it is a pod's. Its own scope
 * and the slices above are none.
 */
export function findUnit(cgroups: readonly string[]): string | undefined {
  const contained = cgroups.filter((cgroup) => containerOf(cgroup) !== undefined);
  let innermost: string | undefined;
  let length = 0;
  // Some hierarchies of v1 know only a group further up, and others another manager's.
  for (const cgroup of contained.length === 0 ? cgroups : contained) {
    const unit = cgroup.length > length ? unitOf(cgroup) : undefined;
    if (unit === undefined) continue;
    innermost = unit;
    length = cgroup.length;
  }
  return innermost;
}

const unitOf = memoize((cgroup): string | undefined => {
  const names = namesOf(cgroup);
  const container = names.findIndex((name) => idOf(name) !== undefined || podUidOf(name) !== undefined);
  if (container < 0) return unitAmong(names);
  const inside = unitAmong(names.slice(0, container));
  if (inside !== undefined || containerOf(cgroup)?.podUid !== undefined) return inside;
  return unescape(names.find(isService));
});

/** A manager of units runs itself in this scope: a user's one is better known by its service. */
const managerScope = "init.scope";

/** @param names innermost first */
function unitAmong(names: readonly string[]): string | undefined {
  const unit = names.find((name) => isService(name) || isScope(name));
  return unescape(unit ?? names.find((name) => name === managerScope || isSlice(name)));
}

/** Units in whose groups processes run and which are no scopes or slices. */
const isService = (name: string): boolean => /.\.(?:service|mount|socket|swap)$/.test(name);
const isSlice = (name: string): boolean => /.\.slice$/.test(name);

/** That of conmon is called by the container that it watches, and as short-lived. */
const isScope = (name: string): boolean =>
  /.\.scope$/.test(name) && name !== managerScope && !/[0-9a-f]{64}/.test(name);

/** systemd puts `_` before a name that a file of the kernel could have (`cg_escape`). */
function unescape(name: string | undefined): string | undefined {
  return name?.startsWith("_") === true ? name.slice(1) : name;
}
