/** A program of the node that runs in the background. It ends with this process, however that ends. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface Daemon {
  readonly pid: number;
  /** Throws Error with the end of its log where it does not run any more. */
  check(): void;
  /** Kills it and waits for its end: nothing that it could tidy up is kept. */
  kill(): Promise<void>;
}

export interface DaemonOptions {
  /** Of its log file. */
  readonly name: string;
  /** What tells it, and all that it starts, from the same programs of others. */
  readonly owner: string;
  /** Folder of log files; a daemon that is started again goes on in its file. */
  readonly logs: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

const lastLines = (file: string): string => readFileSync(file, "utf8").trimEnd().split("\n").slice(-10).join("\n");

/** The environment variable that has the owner; containers do not get it. */
const variable = "TASKSTATS_KUBERNETES_NODE";

function isOwn(pid: number, owner: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${variable}=${owner}`);
  } catch {
    // It has ended.
    return false;
  }
}

/** Ids of daemons of an owner and of what they have started: containers' shims outlive containerd, which starts them. */
export function findOwned(owner: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isOwn(pid, owner));
}

export function startDaemon({ name, owner, logs, command }: DaemonOptions): Daemon {
  mkdirSync(logs, { recursive: true });
  const file = join(logs, `${name}.log`);
  const log = openSync(file, "a");
  // Its own session: Ctrl-C is for this process alone, which then takes all down in order.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...command], {
    stdio: ["ignore", log, log],
    detached: true,
    env: { ...process.env, [variable]: owner },
  });
  closeSync(log);
  const ended = once(child, "exit");
  ended.catch(() => undefined);
  const isRunning = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    check() {
      if (!isRunning()) throw new Error(`${name}: want it to run, got its end; ${file}:\n${lastLines(file)}`);
    },
    async kill() {
      if (!isRunning()) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}
