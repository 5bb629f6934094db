/** A watcher of programs being started that sees what a test tells it, at once or late. */

import type { ExecWatcher, Sighting } from "../../src/collect/groups/exec-watcher.ts";

export interface FakeWatcher extends ExecWatcher {
  /** An exec that can be taken at once. */
  see(sighting: Partial<Sighting> & { readonly tgid: number }): void;
  /** An exec that can be taken only by who waits until all have been seen, so many times: each collection begins with such a wait. */
  seeLate(sighting: Partial<Sighting> & { readonly tgid: number }, waits?: number): void;
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
  let late: { readonly sighting: Sighting; readonly waits: number }[] = [];
  let closed = false;
  return {
    lost: 0,
    see: (sighting) => void seen.push({ ...unknown, ...sighting }),
    seeLate: (sighting, waits = 2) => void late.push({ sighting: { ...unknown, ...sighting }, waits }),
    take: (visit) => seen.splice(0).forEach(visit),
    caughtUp() {
      late = late.map(({ sighting, waits }) => ({ sighting, waits: waits - 1 }));
      seen.push(...late.filter(({ waits }) => waits === 0).map(({ sighting }) => sighting));
      late = late.filter(({ waits }) => waits > 0);
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
