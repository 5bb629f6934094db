/**
 * Starts all processes of tests, and kills them at the end of the test that started them, also when it fails or
 * times out. The watchdog of run/ kills them when the run itself is killed. The functions have the names and
 * arguments of Node's.
 */

import {
  execFile as nodeExecFile,
  execFileSync as nodeExecFileSync,
  spawn as nodeSpawn,
  spawnSync as nodeSpawnSync,
  type ChildProcess,
  type ExecFileOptions,
  type PromiseWithChild,
} from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProcesses, killAll, readProcess, registry, runVariable } from "./run/leftovers.js";

type Process = ReturnType<typeof findProcesses>[number];

/** How long a process may live. A process that `beforeAll` started may live until the end of the file. */
export type Scope = "test" | "file";

/** The environment variable by which a started process and all its descendants are known. */
const childVariable = "TASKSTATS_TEST_CHILD";

interface Started {
  readonly child: ChildProcess;
  /** Value of the variable. */
  readonly tag: string;
  readonly scope: Scope;
}

const started = new Set<Started>();
let scope: Scope = "file";
let count = 0;

/** From now on started processes belong to a test, not to the file. */
export function beginTest(): void {
  scope = "test";
}

/** Lists a process for the watchdog, since the process may overwrite its environment. */
function list(pid: number | undefined): void {
  const run = process.env[runVariable];
  const found = run === undefined || pid === undefined ? undefined : readProcess(pid);
  if (run !== undefined && found !== undefined)
    appendFileSync(join(run, registry.processes), `${found.pid} ${found.startTicks}\n`);
}

const environment = (env: NodeJS.ProcessEnv | undefined, tag: string): NodeJS.ProcessEnv => ({
  ...(env ?? process.env),
  ...(process.env[runVariable] === undefined ? {} : { [runVariable]: process.env[runVariable] }),
  [childVariable]: tag,
});

function note(child: ChildProcess, tag: string): void {
  started.add({ child, tag, scope });
  list(child.pid);
}

const nextTag = (): string => `${process.pid}.${++count}`;

/** As `spawn` of node:child_process. */
export const spawn = ((command: string, args: readonly string[] = [], options: { env?: NodeJS.ProcessEnv } = {}) => {
  const tag = nextTag();
  const child = nodeSpawn(command, args, { ...options, env: environment(options.env, tag) });
  note(child, tag);
  return child;
}) as typeof nodeSpawn;

/**
 * No command that a test waits for takes so long. A command that hangs would also keep Jest's time limits from
 * working, since it blocks the thread.
 */
const syncTimeoutMs = 390_000;

interface SyncOptions {
  readonly env?: NodeJS.ProcessEnv;
}

const bounded = (options: SyncOptions = {}): object => ({
  ...{ timeout: syncTimeoutMs, killSignal: "SIGKILL" },
  ...options,
  env: environment(options.env, nextTag()),
});

/** Node's functions accept options in the place of arguments. */
type SyncArguments = readonly [args?: readonly string[] | SyncOptions, options?: SyncOptions];

const boundedArguments = ([args, options]: SyncArguments): [readonly string[], object] =>
  Array.isArray(args) ? [args as readonly string[], bounded(options)] : [[], bounded(args as SyncOptions | undefined)];

/** As `spawnSync` of node:child_process, with a time limit. */
export const spawnSync = ((command: string, ...rest: SyncArguments) =>
  nodeSpawnSync(command, ...boundedArguments(rest))) as typeof nodeSpawnSync;

/** As `execFileSync` of node:child_process, with a time limit. */
export const execFileSync = ((command: string, ...rest: SyncArguments) =>
  nodeExecFileSync(command, ...boundedArguments(rest))) as typeof nodeExecFileSync;

/** The output of a command that succeeded. */
export interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** As the promise of `execFile` of node:child_process. @throws Error where its status is not 0 */
export function execFile(
  command: string,
  args: readonly string[] = [],
  options: ExecFileOptions = {},
): PromiseWithChild<Written> {
  const tag = nextTag();
  const running = promisify(nodeExecFile)(command, args, {
    ...options,
    encoding: "utf8",
    env: environment(options.env, tag),
  });
  note(running.child, tag);
  return running;
}

/** The started processes that still run, and all their descendants. */
function findRunning(all: readonly Started[]): Process[] {
  const tags = new Set(all.map(({ tag }) => `${childVariable}=${tag}`));
  const running = all.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  const pids = new Set(running.map(({ child }) => child.pid));
  return findProcesses(({ pid }, variables) => pids.has(pid) || variables.some((variable) => tags.has(variable)));
}

/** Kills all started processes that still run, without waiting: for programs that exit at once. */
export function killStarted(): void {
  for (const { pid } of findRunning([...started])) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The process ended by itself, or with its parent.
    }
  }
}

/** Closes the streams of a killed process, so that they do not keep this process alive. */
function forget({ child }: Started): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}

/** Kills the processes that a test has started, or all. @throws Error where one does not exit */
export async function endStarted(which: Scope): Promise<void> {
  const ending = [...started].filter((one) => which === "file" || one.scope === "test");
  scope = "file";
  for (const one of ending) started.delete(one);
  if (ending.length === 0) return;
  await killAll(() => findRunning(ending));
  ending.forEach(forget);
}
