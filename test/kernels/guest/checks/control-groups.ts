/** Groups by container and unit, in cgroup v2, of processes that no scrape saw. */

import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { runWorkloadIn } from "../workload.ts";

const mountPoint = "/tmp/unified";
const rulesFile = "/tmp/control-groups.yaml";

const container = "1f".repeat(32);
const podUid = "0c9e2b7a-6d1f-4b3e-9a57-2f1d8e4c6b90";
const scope = `kubepods-burstable-pod${podUid.replaceAll("-", "_")}.slice`;

const rules = [
  {
    name: "{{.Comm}}",
    cgroup: ["kubepods"],
    labels: { container_id: "{{.ContainerID}}", pod_uid: "{{.PodUID}}", unit: "{{.Unit}}" },
  },
  { name: "{{.Comm}}", unit: ["."], labels: { unit: "{{.Unit}}" } },
  { name: "{{.Comm}}", cgroup: ["."] },
];

/** Control groups of a service manager and of a kubelet, with the labels of their series. */
const places = [
  {
    path: `kubepods.slice/kubepods-burstable.slice/${scope}/cri-containerd-${container}.scope`,
    labels: { container_id: container, pod_uid: podUid },
  },
  { path: "system.slice/nightly.service", labels: { unit: "nightly.service" } },
];

/** Names the file of the rules. */
export const rulesFlag = `--config.file=${rulesFile}`;

/** Mounts the hierarchy, and writes the rules. @returns what unmounts it */
export function prepareControlGroups(): Promise<() => Promise<void>> {
  mkdirSync(mountPoint, { recursive: true });
  execFileSync("/bin/busybox", ["mount", "-t", "cgroup2", "unified", mountPoint]);
  writeFileSync(rulesFile, JSON.stringify({ process_names: rules }));
  return Promise.resolve(() => {
    execFileSync("/bin/busybox", ["umount", mountPoint]);
    return Promise.resolve();
  });
}

/** Removes a group. A group stays busy for a moment after its last task was reaped, so this tries for five seconds. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if (tries === 500) throw error;
      await delay(10);
    }
  }
}

/** Makes a group and those above it, and removes those that were not there before. */
async function withGroup<T>(group: string, use: () => Promise<T>): Promise<T> {
  const outermost = mkdirSync(group, { recursive: true });
  try {
    return await use();
  } finally {
    const last = outermost === undefined ? group : dirname(outermost);
    for (let made = group; made !== last; made = dirname(made)) await removeGroup(made);
  }
}

const count = 300;
const brief = ["spawn", String(count), "--comm", "brief", "--", "/bin/busybox", "true"] as const;

/** The check that short-lived processes are found by their control group. */
export const controlGroups: Check = {
  title: `bills ${count} processes of a container and ${count} of a service to these, with wait4's page faults, in cgroup v2`,
  async run(verdict, { program }) {
    for (const { path, labels } of places) {
      const group = join(mountPoint, path);
      const usage = await withGroup(group, () => runWorkloadIn(group, ...brief));
      const page = await program.scrape();
      const sum = (name: string, more: Readonly<Record<string, string>> = {}): number =>
        page.sum(`taskstats_${name}`, { groupname: "brief", ...labels, ...more });
      verdict.equal(`${path}: exits`, sum("process_exits_total"), count);
      verdict.equal(`${path}: starts`, sum("process_starts_total"), count);
      verdict.equal(`${path}: minor faults`, sum("page_faults_total", { kind: "minor" }), usage.minflt);
    }
    const page = await program.scrape();
    verdict.equal("ends of nobody", page.sum("taskstats_process_exits_total", { groupname: "unidentified" }), 0);
  },
};
