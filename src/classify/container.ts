/**
 * Finds the containers, the pod and the systemd unit of a process from the paths of its control groups. Only the form of a
 * path counts; the table in test/classify/container.test.ts has the forms that runtimes write. A path is relative to the
 * exporter's own cgroup namespace (cgroup_namespaces(7)) and may begin with `/..`, so that only its last parts are reliable.
 */

import { memoize } from "./memo.ts";

export interface ContainerPath {
  /** Ids of 64 hexadecimal digits, innermost first: a container may run inside another one. */
  readonly ids: readonly string[];
  /** As the Kubernetes API writes it, with `-`. The uid of a static pod has 32 hexadecimal digits and no `-`. */
  readonly podUid: string | undefined;
}

/** Undefined where no path belongs to a container or a pod. Of different paths, the one inside most containers counts. */
export function findContainer(cgroups: readonly string[]): ContainerPath | undefined {
  let found: ContainerPath | undefined;
  for (const cgroup of cgroups) {
    const container = containerOf(cgroup);
    if (container !== undefined && (found === undefined || isWithin(container, found))) found = container;
  }
  return found;
}

/** Needed for cgroup v1: hierarchies that an inner runtime does not use still show the outer container. */
function isWithin(container: ContainerPath, other: ContainerPath): boolean {
  if (container.ids.length !== other.ids.length) return container.ids.length > other.ids.length;
  return other.podUid === undefined && container.podUid !== undefined;
}

/** Costs 0.3 us for a remembered path and 3 us for a new one; reading the path from /proc costs 3 us too. */
const containerOf = memoize((cgroup): ContainerPath | undefined => {
  const names = namesOf(cgroup);
  const ids = names.flatMap((name) => idOf(name) ?? []);
  const podUid = names.flatMap((name) => podUidOf(name) ?? [])[0];
  return ids.length === 0 && podUid === undefined ? undefined : { ids: [...new Set(ids)], podUid };
});

/** The names in a path, innermost first. */
function namesOf(cgroup: string): string[] {
  return cgroup.split("/").reverse();
}

const idLength = 64;
const hexadecimal = /^[0-9a-f]+$/;

/**
 * What may stand before an id: nothing, or the name of the runtime (`docker-`, `:cri-containerd:`). `conmon-` is no runtime:
 * conmon monitors a container from outside.
 */
const runtime = /(?:^|(?<!conmon)[^0-9A-Za-z])$/;

function idOf(name: string): string | undefined {
  const whole = name.endsWith(".scope") ? name.slice(0, -".scope".length) : name;
  const id = whole.slice(-idLength);
  const isId = id.length === idLength && hexadecimal.test(id) && runtime.test(whole.slice(0, -idLength));
  return isId ? id : undefined;
}

/** `pod<uid>`, or the name of a slice, which has `_` in place of `-`. */
const pod = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::|$)/;

function podUidOf(name: string): string | undefined {
  return pod.exec(name)?.[1]?.replaceAll("_", "-");
}

/**
 * Finds the innermost systemd unit in the paths: a service or a scope (`nginx.service`, `session-3.scope`), else a slice.
 * Undefined where there is none. For a process in a container, a unit inside the container counts first, then the service
 * that the container is part of; for a pod only the former. The container's own scope and the slices above it do not count.
 */
export function findUnit(cgroups: readonly string[]): string | undefined {
  const contained = cgroups.filter((cgroup) => containerOf(cgroup) !== undefined);
  let innermost: string | undefined;
  let length = 0;
  // With cgroup v1, some hierarchies have only a group further up, and others have groups of another manager.
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

/** The scope of systemd itself. The manager of a user is better named by its service (`user@1000.service`). */
const managerScope = "init.scope";

/** @param names innermost first */
function unitAmong(names: readonly string[]): string | undefined {
  const unit = names.find((name) => isService(name) || isScope(name));
  return unescape(unit ?? names.find((name) => name === managerScope || isSlice(name)));
}

/** True for units other than scopes and slices that have processes in their control groups. */
const isService = (name: string): boolean => /.\.(?:service|mount|socket|swap)$/.test(name);
const isSlice = (name: string): boolean => /.\.slice$/.test(name);

/** The scope of conmon does not count: its name holds the container's id, and it lives no longer than the container. */
const isScope = (name: string): boolean =>
  /.\.scope$/.test(name) && name !== managerScope && !/[0-9a-f]{64}/.test(name);

/** systemd puts `_` before a name that the kernel could use for a file of its own (`cg_escape`). */
function unescape(name: string | undefined): string | undefined {
  return name?.startsWith("_") === true ? name.slice(1) : name;
}
