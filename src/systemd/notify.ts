/**
 * Reports to systemd, for a service of Type=notify, that this process is ready, reloads its configuration, or stops; and with
 * WatchdogSec= that its event loop turns. Without systemd it does nothing. Sources: sd_notify(3), sd_watchdog_enabled(3).
 */

import type { Timer } from "../base/timer.ts";

/** Reports the state of this process to the service manager. Where there is none, the calls report nothing. */
export interface ServiceManager {
  /** Reports that the process serves, and begins to feed the watchdog. @param status the line that `systemctl status` shows */
  ready(status: string): void;
  /** Runs a reload, and reports its begin and end. Before `ready` it reports nothing. @returns the result of `action` */
  reload<Result>(action: () => Promise<Result>): Promise<Result>;
  stopping(): void;
}

interface ServiceManagerOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Opens a sender to the address in NOTIFY_SOCKET; undefined where the address is not valid. */
  readonly open: (address: string) => ((text: string) => boolean) | undefined;
  /** Its timers must not keep the process alive. */
  readonly timer: Timer;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonicUs: () => bigint;
}

/** After this time a message that was not taken is sent again, in milliseconds. */
const retryMs = 100;

/** How many messages may wait. A process reports only a few states, so more would be a defect. */
const mostPending = 64;

const failedReload = "the configuration was not loaded: the one before stays in force";

/** Makes a text one line. In a message each line is a variable, so a line break would begin another one. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ");

/** The message that the process is ready, with a status line for people. */
export const formatReady = (status: string): string => `READY=1\nSTATUS=${oneLine(status)}`;

/** The message that a reload begins. By its time systemd knows that a READY=1 of an earlier reload does not end this one. */
export const formatReloading = (monotonicUs: bigint): string => `RELOADING=1\nMONOTONIC_USEC=${monotonicUs.toString()}`;

/**
 * The period in which to feed the watchdog: half of the time that it allows.
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

/** Creates a queue that sends texts in order. A text that is not taken is sent again later; the caller never waits. */
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

/** Creates a service manager by the variables of the environment. */
export function createServiceManager({ env, pid, open, timer, monotonicUs }: ServiceManagerOptions): ServiceManager {
  const send = open(env["NOTIFY_SOCKET"] ?? "");
  if (send === undefined) return silent;
  const tell = createQueue(send, timer);
  const periodMs = watchdogPeriodMs(env, pid);
  let status: string | undefined;
  let reloads = 0;

  /**
   * Feeds the watchdog now and then by a timer of the event loop, so that nothing is sent while the loop is blocked. A message that
   * is not taken is not sent again.
   */
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
        // Where reloads overlap, only the end of the last one is reported.
        if (reloads === 0) tell(formatReady(outcome));
      }
    },
    stopping: () => tell("STOPPING=1"),
  };
}
