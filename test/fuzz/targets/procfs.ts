/** Parsers of /proc and of the control groups' file system. Anybody chooses the names and arguments of processes. */

import { findContainer, findUnit } from "../../../src/classify/container.ts";
import { parseCpuHierarchy, parseIds, parseIsLimited, parseThrottledNs } from "../../../src/procfs/cpu-hierarchy.ts";
import { parseOnlineCpus } from "../../../src/procfs/cpus.ts";
import {
  parseBootTime,
  parseCgroups,
  parseCmdline,
  parseLastPid,
  parsePasswd,
  parseStat,
  parseUids,
} from "../../../src/procfs/parse.ts";
import { bytesOf, hold, holdCount, textOf, type Outcome, type Target } from "../target.ts";

function checkStat(input: Uint8Array): Outcome {
  const text = textOf(input);
  const stat = parseStat(text);
  if (stat === undefined) return undefined;
  const { comm, state, ppid, threads, startTicks } = stat;
  hold(text.includes(`(${comm}) ${state}`), "command and state stand in the text");
  holdCount(ppid, "ppid");
  holdCount(threads, "threads");
  holdCount(startTicks, "startTicks");
  return `${state.length} ${stat.exiting} ${stat.kernelThread} ${stat.forkOnly}`;
}

function checkStatus(input: Uint8Array): Outcome {
  const uids = parseUids(textOf(input));
  if (uids === undefined) return undefined;
  holdCount(uids.real, "a user's id");
  holdCount(uids.effective, "a user's id");
  return uids.real === uids.effective ? "one" : "two";
}

function checkCmdline(input: Uint8Array): Outcome {
  const text = textOf(input);
  const argv = parseCmdline(text);
  hold(argv.length === 0 || argv.at(-1) !== "", "no argument at the end is empty");
  hold(text.startsWith(argv.join("\0")), "arguments are what stands there");
  return Math.min(argv.length, 20);
}

function checkCgroup(input: Uint8Array): Outcome {
  const text = textOf(input);
  const cgroups = parseCgroups(text);
  hold(cgroups.length <= text.split("\n").length, "there is one path in a line at the most");
  const container = findContainer(cgroups);
  const unit = findUnit(cgroups);
  for (const part of [...(container?.ids ?? []), ...(unit === undefined ? [] : [unit])]) {
    hold(part !== "" && !part.includes("/") && text.includes(part), "a name stands in a path");
  }
  const { podUid = "0" } = container ?? {};
  hold(/^[0-9a-f-]{1,36}$/.test(podUid), "a pod's uid is of its form");
  return `${container === undefined} ${unit === undefined} ${Math.min(cgroups.length, 15)}`;
}

function checkMountinfo(input: Uint8Array): Outcome {
  const hierarchy = parseCpuHierarchy(textOf(input));
  if (hierarchy !== undefined) hold(hierarchy.path.length <= input.length, "a path is no longer than its line");
  return hierarchy?.version;
}

function checkControlGroup(input: Uint8Array): Outcome {
  const text = textOf(input);
  const ns = parseThrottledNs(text);
  if (ns !== undefined) hold(Number.isFinite(ns) && ns >= 0, "throttled time is finite");
  const ids = parseIds(text);
  for (const id of ids) hold(Number.isSafeInteger(id) && id > 0, "an id is a positive number");
  return `${ns === undefined} ${Math.min(ids.length, 10)} ${parseIsLimited(text)}`;
}

function checkHost(input: Uint8Array): Outcome {
  const text = textOf(input);
  const names = parsePasswd(text);
  for (const [id, name] of names)
    hold(Number.isSafeInteger(id) && id >= 0 && name !== "", "a user has an id and a name");
  const boot = parseBootTime(text);
  if (boot !== undefined) hold(Number.isFinite(boot) && boot >= 0, "boot time is finite");
  const last = parseLastPid(text);
  if (last !== undefined) hold(Number.isSafeInteger(last) && last > 0, "the last id is a positive number");
  const cpus = parseOnlineCpus(text);
  return `${Math.min(names.size, 10)} ${boot === undefined} ${last === undefined} ${cpus === undefined}`;
}

const id = "0123456789abcdef".repeat(4);
const pod = "pod12345678-1234-1234-1234-123456789abc";

const stat = "4242 (a (b) c) S 1 4242 4242 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3";

const cgroups = [
  `12:cpu,cpuacct:/kubepods/burstable/${pod}/${id}\n0::/kubepods/burstable/${pod}/${id}\n`,
  `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-${pod.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope\n`,
  `1:name=systemd:/../../docker/${id}\n0::/system.slice/docker-${id}.scope (deleted)\n`,
  "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x@y.service\n0::/system.slice/_cpu.service\n",
  `0::/machine.slice/libpod-${id}.scope/container\n0::/system.slice/crio-conmon-${id}.scope\n`,
];

const mounts = [
  "30 24 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n",
  "31 24 0:27 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n32 24 0:27 /a\\040b /mnt/x\\134y rw - cgroup2 c rw\n",
];

const texts = (all: readonly string[]): readonly Uint8Array[] => all.map(bytesOf);

export const procfsTargets: readonly Target[] = [
  {
    ...{ name: "stat", seeds: texts([stat, "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0"]) },
    ...{ words: [") ", "(", " -1 ", "18446744073709551615", " 1e9 ", " 0x10 "], maxBytes: 600, quick: 20_000 },
    check: checkStat,
  },
  {
    ...{ name: "status", seeds: texts(["Name:\tx\nUmask:\t0022\nUid:\t1000\t0\t0\t0\nGid:\t1\t1\t1\t1\n"]) },
    ...{ words: ["Uid:", "\n", "\t-1", "4294967295", "\t1e5"], maxBytes: 400, quick: 20_000, check: checkStatus },
  },
  {
    ...{ name: "cmdline", seeds: texts(["nginx: worker process\0\0\0", "/usr/bin/java\0-Xmx1g\0\0-jar\0a.jar\0", ""]) },
    ...{ words: ["\0", "\0\0\0\0"], maxBytes: 2000, quick: 20_000, check: checkCmdline },
  },
  {
    ...{ name: "cgroup", seeds: texts(cgroups), maxBytes: 2000, quick: 10_000, check: checkCgroup },
    words: [
      "/",
      "..",
      ".scope",
      ".slice",
      ".service",
      "kubepods",
      "docker-",
      "crio-",
      "libpod-",
      id,
      pod,
      "::",
      "_",
      "@",
      " (deleted)",
    ],
  },
  {
    ...{ name: "mountinfo", seeds: texts(mounts), maxBytes: 2000, quick: 10_000, check: checkMountinfo },
    words: [" - ", "cgroup", "cgroup2", ",cpu,", "\\040", "/..", "/", "\n"],
  },
  {
    ...{ name: "control-group", maxBytes: 600, quick: 20_000, check: checkControlGroup },
    seeds: texts([
      "nr_periods 5\nnr_throttled 1\nthrottled_time 12345\n",
      "usage_usec 1\nthrottled_usec 99\n",
      "1\n22\n333\n",
      "max 100000\n",
      "50000 100000\n",
    ]),
    words: ["throttled_usec ", "throttled_time ", "9".repeat(320), "\n", "-1"],
  },
  {
    ...{ name: "host", maxBytes: 600, quick: 10_000, check: checkHost },
    seeds: texts([
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
      "cpu 1 2\nbtime 1700000000\nprocesses 5\n",
      "0.1 0.2 0.3 1/200 4242\n",
      "0-3,5\n",
    ]),
    words: ["btime ", "9".repeat(320), ":", "\n", "/", "-", ","],
  },
];
