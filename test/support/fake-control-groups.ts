/** A temporary directory with control groups, and in each the files of the controller `cpu` that the exporter reads. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakeControlGroup {
  /** Quota in microseconds for each 100 ms; no quota where left out. In v2, `null` for a control group without the controller. */
  readonly quotaUs?: number | null;
  readonly throttledNs?: number;
  readonly tgids?: readonly number[];
}

export interface FakeControlGroups {
  readonly root: string;
  /** The line of /proc/self/mountinfo that leads to it. */
  readonly mountinfo: string;
  /** Makes a control group, or changes it. */
  set(path: string, group: FakeControlGroup): void;
  remove(path: string): void;
  dispose(): void;
}

function filesOf(version: 1 | 2, { quotaUs, throttledNs = 0, tgids = [] }: FakeControlGroup): Record<string, string> {
  const procs = { "cgroup.procs": tgids.map((tgid) => `${tgid}\n`).join("") };
  if (quotaUs === null) return { ...procs, "cpu.stat": "usage_usec 1\n" };
  return version === 1
    ? {
        ...procs,
        "cpu.cfs_quota_us": `${quotaUs ?? -1}\n`,
        "cpu.stat": `nr_periods 1\nthrottled_time ${throttledNs}\n`,
      }
    : {
        ...procs,
        "cpu.max": `${quotaUs ?? "max"} 100000\n`,
        "cpu.stat": `usage_usec 1\nthrottled_usec ${throttledNs / 1000}\n`,
      };
}

export function createFakeControlGroups(version: 1 | 2): FakeControlGroups {
  const root = mkdtempSync(join(tmpdir(), "taskstats-exporter-cgroup-"));
  const type = version === 1 ? "cgroup cgroup rw,cpu" : "cgroup2 cgroup2 rw";

  function set(path: string, group: FakeControlGroup): void {
    mkdirSync(join(root, path), { recursive: true });
    for (const [name, text] of Object.entries(filesOf(version, group))) writeFileSync(join(root, path, name), text);
  }

  // The root of a hierarchy has no quota, in v2 not even the file.
  set("", version === 1 ? {} : { quotaUs: null });
  return {
    root,
    mountinfo: `31 30 0:28 / ${root} rw,relatime - ${type}\n`,
    set,
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    dispose: () => rmSync(root, { recursive: true }),
  };
}
