/**
 * What a service of Type=notify tells systemd: that it serves, that it loads its configuration, that it ends, and, with
 * WatchdogSec=, that its event loop turns. Elsewhere nothing is told. Sources: sd_notify(3), sd_watchdog_enabled(3).
 */

import type { Timer } from "../base/timer.ts";

/** Tells the service manager about this process. All of it may be called where there is none. */
export interface ServiceManager {
  /** It serves; from now on the watchdog is fed. @param status the line that `systemctl status` shows */
  ready(status: string): void;
  /** Does a reload, and tells when it begins and ends. Before `ready` nothing is told. @returns what it returns */
  reload<Result>(action: () => Promise<Result>): Promise<Result>;
  stopping(): void;
}

interface ServiceManagerOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Opens the way to the address of NOTIFY_SOCKET; undefined where it is none. */
  readonly open: (address: string) => ((text: string) => boolean) | undefined;
  /** It must keep nothing alive. */
  readonly timer: Timer;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonicUs: () => bigint;
}

/** How long what was not taken waits for the next try, in milliseconds. */
const retryMs = 100;

/** States that may wait; each is told once, so that more would be a mistake. */
const mostPending = 64;

const failedReload = "the configuration was not loaded: the one before stays in force";

/** One line of a message: a line break would begin another variable. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ");

/** The message of a state that has a line for people. */
export const formatReady = (status: string): string => `READY=1\nSTATUS=${oneLine(status)}`;

/** The message that a reload begins, which systemd tells from the end of an older one by its time. */
export const formatReloading = (monotonicUs: bigint): string => `RELOADING=1\nMONOTONIC_USEC=${monotonicUs.toString()}`;

/**
 * How often the watchdog wants to be fed: twice in the time that it allows.
 *
 * @returns milliseconds; undefined where this process has no watchdog
 */
export function watchdogPeriodMs(
  { WATCHDOG_USEC: allowedUs = "", WATCHDOG_PID: owner }: NodeJS.ProcessEnv,
  pid: number,
) {
  if (!/^[1-9]\d*$/.test(allowedUs) || (owner !== undefined && owner !== String(pid))) return undefined;
  return Math.max(1, Math.floor(Number(allowedUs) / 2000));
}

const silent: ServiceManager = { ready: () => undefined, reload: (action) => action(), stopping: () => undefined };

/** Sends texts in order. What is not taken at once is tried again, and nobody waits for it. */
function createQueue(send: (text: string) => boolean, timer: Timer): (text: string) => void {
  const pending: string[] = [];
  let waiting = false;
  function flush(): void {
    waiting = false;
    while (pending[0] !== undefined && send(pending[0])) pending.shift();
    if (pending.length === 0) return;
    waiting = true;
    timer(retryMs, flush);
  }
  return (text) => {
    if (pending.length < mostPending) pending.push(text);
    if (!waiting) flush();
  };
}

/** A service manager as the environment names it. */
export function createServiceManager({ env, pid, open, timer, monotonicUs }: ServiceManagerOptions): ServiceManager {
  const send = open(env["NOTIFY_SOCKET"] ?? "");
  if (send === undefined) return silent;
  const tell = createQueue(send, timer);
  const periodMs = watchdogPeriodMs(env, pid);
  let status: string | undefined;
  let reloads = 0;

  /** By the event loop's own timer: where the loop stands still nothing is sent. One that was not taken is not tried again. */
  function feed(periodMs: number): void {
    send?.("WATCHDOG=1");
    timer(periodMs, () => feed(periodMs));
  }

  return {
    ready(line) {
      if (status === undefined && periodMs !== undefined) feed(periodMs);
      status = line;
      tell(formatReady(line));
    },
    async reload(action) {
      if (status === undefined) return action();
      reloads++;
      tell(formatReloading(monotonicUs()));
      let outcome = failedReload;
      try {
        const result = await action();
        outcome = status;
        return result;
      } finally {
        reloads--;
        // Of reloads that overlap the last one ends them all.
        if (reloads === 0) tell(formatReady(outcome));
      }
    },
    stopping: () => tell("STOPPING=1"),
  };
}
