/**
 * What paths of control groups say of a process: its containers, its pod, its unit of systemd. By form alone, as runtimes
 * write them (the table of its test). A path begins where the reader's own cgroup namespace does
 * (cgroup_namespaces(7)), perhaps with `/..`, so what counts is its end.
 */

export interface ContainerPath {
  /** Ids of 64 hexadecimal digits, innermost first: a container may run within another. */
  readonly ids: readonly string[];
  /** As the API writes it, with `-`; a static pod's 32 hexadecimal digits. */
  readonly podUid: string | undefined;
}

/** Behind one that was removed while a process that has ended is not yet waited for (`proc_cgroup_show`). */
const removed = " (deleted)";

/** A whole name, or what stands behind the runtime's (`docker-`, `:cri-containerd:`); conmon only watches a container. */
const containerId = /(?<![0-9A-Za-z]|conmon-)[0-9a-f]{64}(?=(?:\.scope)?(?:\/|$))/g;

/** `pod<uid>`, or the slice of that name, in which systemd's names have no `-` of their own. */
const podUid =
  /(?<![^/-])pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=(?:\.slice)?(?:[/:]|$))/g;

/** Shorter than any path with an id or a uid. */
const shortest = "/pod".length + 32;

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

function containerOf(cgroup: string): ContainerPath | undefined {
  if (cgroup.length < shortest) return undefined;
  const path = withoutMark(cgroup);
  const ids = Array.from(path.matchAll(containerId), ([id]) => id).reverse();
  const uid = Array.from(path.matchAll(podUid), ([, text]) => text).at(-1);
  if (ids.length === 0 && uid === undefined) return undefined;
  return { ids: [...new Set(ids)], podUid: uid?.replaceAll("_", "-") };
}

function withoutMark(cgroup: string): string {
  return cgroup.endsWith(removed) ? cgroup.slice(0, -removed.length) : cgroup;
}

/**
 * Innermost systemd unit (`nginx.service`, `session-3.scope`, else the slice) of the paths; undefined where there is none.
 * A container's own scope is none, nor are the slices above it: only what runs inside, and, but for pods, a service that
 * holds the container.
 */
export function findUnit(cgroups: readonly string[]): string | undefined {
  const contained = cgroups.filter((cgroup) => containerOf(cgroup) !== undefined);
  let innermost: string | undefined;
  let length = 0;
  // Of the hierarchies of v1, some know a process by a group further up, and those of others by none.
  for (const cgroup of contained.length === 0 ? cgroups : contained) {
    if (cgroup.length <= length) continue;
    const unit = unitOf(withoutMark(cgroup));
    if (unit === undefined) continue;
    innermost = unit;
    length = cgroup.length;
  }
  return innermost;
}

/** Units in whose groups processes run and which are no scopes or slices. */
const service = /.\.(?:service|mount|socket|swap)$/;
const scope = /.\.scope$/;
const slice = /.\.slice$/;

/** A manager of units runs itself in this scope: a user's one is better known by its service. */
const managerScope = "init.scope";

function unitOf(path: string): string | undefined {
  let contained = false;
  let fallback: string | undefined;
  for (const name of path.split("/").reverse()) {
    const inside = containerOf(`/${name}`);
    if (inside !== undefined) {
      if (fallback !== undefined || inside.podUid !== undefined) return fallback;
      contained = true;
    } else if (service.test(name)) return unescape(name);
    else if (contained) continue;
    else if (slice.test(name) || name === managerScope) fallback ??= name;
    else if (scope.test(name) && !/[0-9a-f]{64}/.test(name)) return unescape(name);
  }
  return fallback;
}

/** systemd puts `_` before a name that the kernel's own files could have (`cg_escape`). */
function unescape(name: string): string {
  return name.startsWith("_") ? name.slice(1) : name;
}
