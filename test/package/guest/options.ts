/** Tries each option of systemd that the unit leaves out: it breaks what docs/operations.md says. */

import { equal, match, notEqual, ok } from "node:assert/strict";
import type { Check } from "./check.ts";
import { isActive, mainPid, policiesOf, readLog, restartWith, scrape } from "./service.ts";

interface LeftOut {
  /** The settings added to the unit, as the document has them. */
  readonly settings: string;
  /** Further settings, with which the effect shows sooner. */
  readonly besides?: string;
  /** The effect on the service. */
  readonly effect: string;
  /** @throws Error where the option has another effect */
  readonly verify: () => Promise<void>;
}

const logHas = (pattern: RegExp) => async (): Promise<void> => match(await readLog(), pattern);

/** The rule of the configuration needs what the exec watcher reads. */
async function hasNoPriority(): Promise<void> {
  ok(await isActive());
  ok((await scrape()).sum("taskstats_processes") > 0);
  equal(policiesOf(await mainPid()).filter((policy) => policy === "1").length, 0, "threads with a real-time priority");
}

async function neverReady(): Promise<void> {
  match(await readLog(), /msg=serving/);
  ok(!(await isActive()));
}

async function diesAtOnce(): Promise<void> {
  notEqual(await isActive(), true);
  ok(!/msg=serving/.test(await readLog()));
}

export const leftOut: readonly LeftOut[] = [
  { settings: "PrivateUsers=yes", effect: "ends with USER_NAMESPACE", verify: logHas(/USER_NAMESPACE/) },
  { settings: "PrivateNetwork=yes", effect: "no exit events (NETWORK_NAMESPACE)", verify: logHas(/NETWORK_NAMESPACE/) },
  {
    settings: "ProtectProc=invisible",
    effect: "sees no live process of others (PROC_HIDDEN)",
    verify: logHas(/PROC_HIDDEN/),
  },
  { settings: "ProcSubset=pid", effect: "does not start, without /proc/stat and /proc/sys", verify: diesAtOnce },
  { settings: "MemoryDenyWriteExecute=yes", effect: "does not start: Node compiles at run time", verify: diesAtOnce },
  { settings: "RestrictRealtime=yes", effect: "the watcher of programs has no priority", verify: hasNoPriority },
  {
    settings: "SystemCallFilter=~@resources",
    effect: "the watcher of programs has no priority",
    verify: hasNoPriority,
  },
  { settings: "RestrictAddressFamilies=~AF_NETLINK", effect: "does not start", verify: diesAtOnce },
  {
    settings: "RestrictAddressFamilies=~AF_UNIX",
    besides: "TimeoutStartSec=60s",
    effect: "serves, but cannot tell systemd, which ends it after TimeoutStartSec=",
    verify: neverReady,
  },
];

export const options: readonly Check[] = leftOut.map(({ settings, besides = "", effect, verify }) => ({
  title: `with ${settings}: ${effect}`,
  async verify() {
    await restartWith(`${settings}\n${besides}`);
    try {
      await verify();
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${await readLog()}`, {
        cause: error,
      });
    }
  },
}));

/** Undoes the last option. */
export const asShipped: Check = {
  title: "as it is shipped it is active again",
  async verify() {
    await restartWith("");
    ok(await isActive(), await readLog());
  },
};
