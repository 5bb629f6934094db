/** The service's life: installed, scraped, reloaded, restarted, hung, upgraded, removed. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Check } from "./check.ts";
import { run, runAnyhow, until } from "./command.ts";
import {
  configPath,
  fifo,
  isActive,
  mainPid,
  policiesOf,
  property,
  readStatus,
  request,
  scrape,
  scrapeDuring,
  unit,
} from "./service.ts";

const [deb = ""] = readdirSync("/opt/test").filter((name) => name.endsWith(".deb"));
const packageFile = `/opt/test/${deb}`;

const aptInstall = (...flags: readonly string[]): Promise<string> =>
  run("apt-get", "install", "--yes", ...flags, packageFile);

/** The mask of CAP_NET_ADMIN (bit 12) alone, as /proc shows it. */
const netAdminAlone = "0000000000001000";

/** Files that every package leaves behind, and files that a running system writes. */
const others =
  /^\/(?:proc|sys|dev|run|tmp|opt\/test|var\/(?:lib|log|cache)|etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?|etc\/\.pwd\.lock)(?:\/|$)/;

function listRoot(): string[] {
  const text = execFileSync("find", ["/", "-xdev"], { encoding: "utf8", maxBuffer: 2 ** 26 });
  return text.split("\n").filter((path) => path !== "" && !others.test(path));
}

let before: readonly string[] = [];

async function installs(): Promise<void> {
  before = listRoot();
  await aptInstall();
  ok(await isActive(), await runAnyhow("systemctl", "status", unit));
  for (const name of [unit, "taskstats-exporter.socket"]) equal(await run("systemctl", "is-enabled", name), "enabled");
}

async function showsStatus(): Promise<void> {
  const text = await run("systemctl", "status", unit);
  match(text, /Active: active \(running\)/);
  match(text, /Status: "serving on \[::\]:10275"/);
  equal(await run("taskstats-exporter", "--version"), await run("/usr/bin/taskstats-exporter", "--version"));
}

/** The oracle is the number of started processes. */
async function countsEnds(): Promise<Readonly<Record<string, number>>> {
  const ended = async (): Promise<number> =>
    (await scrape()).sum("taskstats_process_exits_total", { groupname: "true" });
  const first = await ended();
  for (let count = 0; count < 100; count++) await once(spawn("/bin/true"), "close");
  const page = await scrape();
  equal(page.value("taskstats_exporter_exit_listener_up"), 1);
  equal((await ended()) - first, 100);
  return { "exits counted": 100 };
}

async function hasOneCapability(): Promise<void> {
  const status = readStatus(await mainPid());
  const sets = ["CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => status.get(name));
  deepEqual(sets, [netAdminAlone, netAdminAlone, netAdminAlone, netAdminAlone]);
  equal(status.get("NoNewPrivs"), "1");
  equal(status.get("Seccomp"), "2");
  const user = (await run("id", "--user", "taskstats-exporter")).trim();
  deepEqual(status.get("Uid")?.split(" "), [user, user, user, user]);
}

async function scores(): Promise<Readonly<Record<string, number>>> {
  const text = await run("systemd-analyze", "security", "--no-pager", unit);
  const score = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
  ok(score < 2, `score ${score}`);
  return { score };
}

const rule = (name: string): string => `process_names:\n  - name: "${name}"\n    cmdline: ["."]\n`;

async function reloads(): Promise<void> {
  writeFileSync(configPath, rule("reloaded:{{.Comm}}"));
  const pid = await mainPid();
  await run("systemctl", "reload", unit);
  await until(async () => (await scrape()).sum("taskstats_processes", { groupname: "reloaded:systemd" }) > 0);
  equal(await mainPid(), pid, "the process");
}

/** The rule needs command lines, so that programs are watched. */
async function watchesFirst(): Promise<void> {
  const pid = await mainPid();
  await until(() => policiesOf(pid).includes(fifo));
  equal(policiesOf(pid).filter((policy) => policy === fifo).length, 1, "threads with a real-time priority");
}

async function refusesBadFile(): Promise<void> {
  writeFileSync(configPath, "process_names: 1\n");
  await run("systemctl", "reload", unit);
  await until(async () => /the configuration was not loaded/.test(await property("StatusText")));
  ok(await isActive());
  ok((await scrape()).sum("taskstats_processes", { groupname: "reloaded:systemd" }) > 0, "the rules of before");
  writeFileSync(configPath, rule("kept:{{.Comm}}"));
  await run("systemctl", "reload", unit);
  await until(async () => /^serving on/.test(await property("StatusText")));
}

async function refusesNobody(): Promise<Readonly<Record<string, number>>> {
  let restarts = 0;
  const answered = await scrapeDuring(async () => {
    for (; restarts < 3; restarts++) await run("systemctl", "restart", unit);
  });
  return { restarts, "scrapes answered meanwhile": answered };
}

/** The shipped unit has 30 s of WatchdogSec=, 5 s of TimeoutAbortSec=, 5 s of RestartSec=. */
async function isStartedAgain(): Promise<Readonly<Record<string, string | number>>> {
  const pid = await mainPid();
  const begin = performance.now();
  process.kill(pid, "SIGSTOP");
  const { status } = await request();
  equal(status, 200);
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const next = await mainPid();
  ok(next !== pid && next > 0, `process ${pid}, then ${next}`);
  equal(await property("NRestarts"), "1");
  return { "seconds until the scrape that waited was answered": seconds };
}

const delayacct = (): string => readFileSync("/proc/sys/kernel/task_delayacct", "utf8").trim();

async function turnsOnDelays(): Promise<void> {
  const file = "/etc/sysctl.d/60-taskstats-exporter.conf";
  await run("/lib/systemd/systemd-sysctl", file);
  equal(delayacct(), "0", "as installed");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/^#(?=kernel)/m, ""));
  await run("/lib/systemd/systemd-sysctl", file);
  equal(delayacct(), "1", "with the number sign removed");
  equal((await scrape()).value("taskstats_exporter_delayacct_enabled"), 1);
  writeFileSync(file, text);
}

async function upgrades(): Promise<Readonly<Record<string, number>>> {
  const pid = await mainPid();
  const answered = await scrapeDuring(() => aptInstall("--reinstall"));
  ok((await mainPid()) !== pid, "want another process");
  match(readFileSync(configPath, "utf8"), /kept:/);
  return { "scrapes answered meanwhile": answered };
}

async function removes(): Promise<void> {
  await run("apt-get", "remove", "--yes", "taskstats-exporter");
  await request().then(
    ({ status }) => Promise.reject(new Error(`still answers: ${status}`)),
    (error: unknown) => match(String(error), /ECONNREFUSED/),
  );
  ok(existsSync(configPath), "the configuration stays");
  ok(!existsSync("/usr/bin/taskstats-exporter"));
}

async function leavesNothing(): Promise<void> {
  await run("apt-get", "purge", "--yes", "taskstats-exporter");
  deepEqual(
    listRoot().filter((path) => !before.includes(path)),
    [],
  );
  equal(await runAnyhow("getent", "passwd", "taskstats-exporter"), "");
  equal(await runAnyhow("getent", "group", "taskstats-exporter"), "");
  equal(await runAnyhow("systemctl", "list-units", "--all", "--no-legend", "taskstats-exporter*"), "");
  equal(execFileSync("sh", ["-c", "find /var/lib -name '*taskstats*'"], { encoding: "utf8" }), "", "state");
}

/** The checks before those of single options. */
export const installed: readonly Check[] = [
  { title: "apt installs it without the network, and it is enabled and active", verify: installs },
  { title: "systemctl status says that it runs, and where it serves", verify: showsStatus },
  { title: "counts short-lived processes by their exit events", verify: countsEnds },
  { title: "is its user, with CAP_NET_ADMIN, no new privileges and a seccomp filter", verify: hasOneCapability },
  { title: "systemd-analyze security scores it below 2", verify: scores },
  { title: "systemctl reload loads the configuration, in the same process", verify: reloads },
  { title: "the thread that watches programs runs before others, without CAP_SYS_NICE", verify: watchesFirst },
  { title: "a bad configuration leaves the one before in force, and the status says so", verify: refusesBadFile },
  { title: "a restart refuses no scrape", verify: refusesNobody },
  { title: "an event loop that stands still is ended by the watchdog and started again", verify: isStartedAgain },
  { title: "one line of sysctl.d turns delay accounting on", verify: turnsOnDelays },
  { title: "an upgrade refuses no scrape, and leaves a changed configuration alone", verify: upgrades },
];

export const removed: readonly Check[] = [
  { title: "apt remove ends it and leaves the configuration", verify: removes },
  { title: "apt purge leaves nothing, neither files nor the user", verify: leavesNothing },
];
