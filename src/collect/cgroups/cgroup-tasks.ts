/**
 * The tasks of the control groups that --collector.cgroupstats names, for each page. A directory that fails has no series on the page,
 * is counted, and is logged when its failure begins; it is asked about again for the next page.
 */

import { errorCodeOf, ExporterError } from "../../base/errors.ts";
import { shareInFlight } from "../../base/mutex.ts";
import { systemTimer, type Timer } from "../../base/timer.ts";
import type { LabelledValue } from "../../exposition/page.ts";
import { cgroupStates } from "../../fields/cgroup-stats.ts";
import type { CgroupClient } from "../../taskstats/cgroup-client.ts";
import { increment } from "../counters.ts";
import { createBoundedWait } from "./bounded-wait.ts";
import { readCgroupTasks, systemOpener, type DirectoryOpener } from "./cgroup-reader.ts";

export interface CgroupTasksOptions {
  /** The directories as the flag has them, each once. */
  readonly directories: readonly string[];
  readonly client: CgroupClient;
  /** Failures by error code. */
  readonly errors: Map<string, number>;
  /** Called when a directory begins to fail, or fails in another way. */
  readonly onFailed: (error: unknown) => void;
  /** Called when a directory that has failed has series again. */
  readonly onRecovered: (directory: string) => void;
  readonly opener?: DirectoryOpener;
  readonly timer?: Timer;
}

export interface CgroupTasks {
  /** Asks about all directories, so that failures are logged at the start. They are not counted: no page lacks a series yet. */
  check(): Promise<void>;
  /** Asks about all directories. @returns the series of those that did not fail. Never rejects */
  read(): Promise<readonly LabelledValue[]>;
  close(): void;
}

/** How long a page waits for one directory. Opening a directory of a control group takes less than 0.1 ms. */
const patienceMs = 250;

/** Node.js has four threads that read files. Exit events wait on one of them. */
const mostHanging = 2;

interface Entry {
  readonly path: string;
  readonly where: string;
  readonly labels: readonly Readonly<Record<string, string>>[];
  /** Why it failed last; undefined where it did not. */
  failure: string | undefined;
}

function createEntry(path: string): Entry {
  const labels = cgroupStates.map(({ state }) => ({ cgroup: path, state }));
  return { path, where: `--collector.cgroupstats=${path}`, labels, failure: undefined };
}

const hangingError = ({ where }: Entry): ExporterError =>
  new ExporterError("CGROUP_UNREADABLE", {
    where,
    want: `the directory opened within ${patienceMs} ms`,
    got: "a file system that hangs, here or in another directory",
    remedy: "see why its file system does not answer; it is tried again for each page",
  });

export function createCgroupTasks(options: CgroupTasksOptions): CgroupTasks {
  const { client, errors, onFailed, onRecovered, opener = systemOpener, timer = systemTimer } = options;
  const entries = options.directories.map(createEntry);
  const waiting = createBoundedWait({ timer, patienceMs, mostHanging });

  function note(entry: Entry, error: unknown): void {
    const failure = String(error);
    if (entry.failure !== failure) onFailed(error);
    entry.failure = failure;
  }

  /** @returns the numbers of tasks, or the error */
  async function ask(entry: Entry): Promise<readonly number[] | { readonly error: unknown }> {
    try {
      const tasks = await waiting.run(entry.path, () => readCgroupTasks(entry, client, opener));
      if (tasks === undefined) throw hangingError(entry);
      if (entry.failure !== undefined) onRecovered(entry.path);
      entry.failure = undefined;
      return tasks;
    } catch (error) {
      note(entry, error);
      return { error };
    }
  }

  /** One after the other: directories take no more than one thread at a time from others that read files. */
  async function askAll(onError: (error: unknown) => void): Promise<readonly LabelledValue[]> {
    const values: LabelledValue[] = [];
    for (const entry of entries) {
      const answer = await ask(entry);
      if ("error" in answer) onError(answer.error);
      else answer.forEach((value, index) => values.push({ labels: entry.labels[index] ?? {}, value }));
    }
    return values;
  }

  return {
    async check() {
      await askAll(() => undefined);
    },
    // Pages that are made at the same time share the answers, so that a failure is counted once.
    read: shareInFlight(() => askAll((error) => increment(errors, errorCodeOf(error, "CGROUP_UNANSWERED")))),
    close: () => client.close(),
  };
}
