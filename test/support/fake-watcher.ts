/** A watcher of programs being started that sees what a test tells it, at once or late. */

import type { ExecWatcher, ProcessSnapshot, WatchVisitor } from "../../src/execs/exec-watcher.ts";

export interface FakeWatcher extends ExecWatcher {
  /** A fork that can be taken at once. */
  fork(parent: number, child: number): void;
  /** A look at a forked process, or at one that forked where `ranUs` is undefined, that can be taken at once. */
  look(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }, ranUs: number | undefined): void;
  /** An exec that can be taken at once. */
  see(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }): void;
  /** An exec that can be taken only by who waits until all have been seen, so many times: each collection begins with such a wait. */
  seeLate(snapshot: Partial<ProcessSnapshot> & { readonly tgid: number }, waits?: number): void;
  /** Events that nobody can tell of, after all that was told before. */
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
    look: (snapshot, ranUs) =>
      void seen.push((visitor) => visitor.look({ snapshot: { ...unknown, ...snapshot }, ranUs })),
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
