/** An exec watcher whose forks and snapshots are given by a test, at once or late. */

import type { ExecWatcher, ProcessSnapshot, WatchVisitor } from "../../src/execs/exec-watcher.ts";

export interface FakeWatcher extends ExecWatcher {
  /** Adds a fork, which `take` gives at once. */
  fork(parent: number, child: number): void;
  /** Adds a revisit of a forked process, or the first snapshot of a parent where `ranUs` is undefined. `take` gives it at once. */
  revisit(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }, ranUs: number | undefined): void;
  /** Adds an exec, which `take` gives at once. */
  see(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }): void;
  /** Adds an exec that `take` gives only after so many calls of `caughtUp`; each collection begins with one call. */
  seeLate(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }, waits?: number): void;
  /** Loses so many events, after all that was added before. */
  lose(count: number): void;
  prompt: boolean;
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
  const seen: ((visitor: WatchVisitor) => void)[] = [];
  let late: { readonly snapshot: ProcessSnapshot; readonly waits: number }[] = [];
  let closed = false;
  let lost = 0;
  return {
    get lost() {
      return lost;
    },
    lose(count) {
      lost += count;
      seen.push((visitor) => visitor.gap());
    },
    prompt: true,
    fork: (parent, child) => void seen.push((visitor) => visitor.fork(parent, child)),
    revisit: (snapshot, ranUs) =>
      void seen.push((visitor) => visitor.revisit({ snapshot: { ...unknown, ...snapshot }, ranUs })),
    see: (snapshot) => void seen.push((visitor) => visitor.exec({ ...unknown, ...snapshot })),
    seeLate: (snapshot, waits = 2) => void late.push({ snapshot: { ...unknown, ...snapshot }, waits }),
    take: (visitor) => seen.splice(0).forEach((tell) => tell(visitor)),
    caughtUp() {
      late = late.map(({ snapshot, waits }) => ({ snapshot, waits: waits - 1 }));
      for (const { snapshot, waits } of late) if (waits === 0) seen.push((visitor) => visitor.exec(snapshot));
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
