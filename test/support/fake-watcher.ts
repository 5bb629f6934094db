/** A watcher of programs being started that sees what a test tells it, at once or late. */

import type { ExecWatcher, Sighting } from "../../src/collect/groups/exec-watcher.ts";

export interface FakeWatcher extends ExecWatcher {
  /** An exec that can be taken at once. */
  see(sighting: Partial<Sighting> & { readonly tgid: number }): void;
  /** An exec that can be taken only by who waits until all have been seen. */
  seeLate(sighting: Partial<Sighting> & { readonly tgid: number }): void;
  lost: number;
  readonly closed: boolean;
}

const unknown = {
  seenAtUs: Infinity,
  comm: "",
  ppid: undefined,
  startTicks: undefined,
  argv: undefined,
  cgroups: undefined,
  uids: undefined,
};

export function createFakeWatcher(): FakeWatcher {
  const seen: Sighting[] = [];
  const late: Sighting[] = [];
  let closed = false;
  return {
    lost: 0,
    see: (sighting) => void seen.push({ ...unknown, ...sighting }),
    seeLate: (sighting) => void late.push({ ...unknown, ...sighting }),
    take: (visit) => seen.splice(0).forEach(visit),
    caughtUp() {
      seen.push(...late.splice(0));
      return Promise.resolve();
    },
    close() {
      closed = true;
    },
    get closed() {
      return closed;
    },
  };
}
