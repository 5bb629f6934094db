/**
 * The program: parses the command line, runs the command, and reports an error that stopped it. What only one command needs is loaded
 * by that command, since the exporter's start is mostly loading modules.
 */

import { schedFeaturesPath } from "./collect/false-waits.ts";
import { readFileSync } from "node:fs";
import { ExporterError } from "./base/errors.ts";
import { systemClock } from "./base/clock.ts";
import type { Timer } from "./base/timer.ts";
import { defaultGroupingRules, type ExplainableRules } from "./default-grouping-rules.ts";
import { parseCommandLine, type Invocation } from "./cli.ts";
import { programName } from "./arguments/program-name.ts";
import { formatHelp } from "./flags.ts";
import { causeThreadExit } from "./thread-exit.ts";
import { createExecWatching } from "./execs/watch.ts";
import { createExporter, type Exporter, type ExitHooks } from "./exporter.ts";
import { lookAtPrivileges, type Hardening } from "./harden.ts";
import { createLog, type Log } from "./log.ts";
import { resolveFamily } from "./netlink/family.ts";
import { exitAtOnce, openSocket } from "./netlink/libc.ts";
import type { Netlink } from "./netlink/socket.ts";
import { createLineWriter, type LineWriter } from "./output/line-writer.ts";
import { sumUpRepeats } from "./output/repeated-errors.ts";
import { createStandardError } from "./output/sinks.ts";
import { print } from "./output/standard-output.ts";
import { openPodWatch } from "./pods.ts";
import { readPossibleCpus } from "./procfs/cpus.ts";
import { createCommandLines } from "./procfs/command-lines.ts";
import { createAskGetent } from "./procfs/getent.ts";
import { createProcReader } from "./procfs/read.ts";
import { openDatagramSender } from "./systemd/datagram.ts";
import { createServiceManager, type ServiceManager } from "./systemd/notify.ts";
import { createUserNames, type UserNames } from "./procfs/users.ts";
import { TASKSTATS_GENL_NAME } from "./taskstats/constants.ts";
import { isColourTerminal } from "./terminal/colour.ts";
import { readLongestTickNs } from "./tick.ts";

const netlink: Netlink = { resolveFamily: () => resolveFamily(TASKSTATS_GENL_NAME), open: openSocket };

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

const unnamedUsers = "users that /etc/passwd does not name are shown by their ids, since getent does not answer";

/** @param onTrouble called with the reason if getent does not answer */
function openUserNames(onTrouble: (reason: string) => void): UserNames {
  const nowMs = (): number => systemClock.monotonicUs() / 1000;
  return createUserNames({ passwdPath: "/etc/passwd", askGetent: createAskGetent(), onTrouble, nowMs });
}

/** Loads the YAML parser only if a configuration file is given: the parser takes 5 MB. @throws ExporterError CONFIG */
async function load({ configFile }: Invocation, onWarning: (warning: string) => void): Promise<ExplainableRules> {
  if (configFile === undefined) return defaultGroupingRules;
  const { loadConfig } = await import("./config/load.ts");
  const { createGroupingRules } = await import("./grouping-rules.ts");
  const config = loadConfig(configFile);
  config.warnings.forEach(onWarning);
  return createGroupingRules(config);
}

/** @returns what the command prints; undefined for `check-config`, `once` and serving, which do more than print */
async function answer(
  invocation: Invocation,
  version: string,
  warn: (line: string) => void,
): Promise<string | undefined> {
  const { json } = invocation;
  const colour = isColourTerminal(process.stdout, process.env);
  if (invocation.help) return formatHelp(programName);
  if (invocation.version) return `taskstats-exporter ${version} (node ${process.version})\n`;
  if (invocation.query !== undefined) {
    const { formatAnswer, formatAnswerJson, query } = await import("./commands/query.ts");
    const reply = await query(netlink, invocation.query, createProcReader(invocation.procRoot));
    return json ? formatAnswerJson(reply) : formatAnswer(reply, colour);
  }
  if (invocation.queriedCgroup !== undefined) {
    const { formatCgroupAnswer, formatCgroupAnswerJson, queryCgroup } = await import("./commands/query-cgroup.ts");
    const reply = await queryCgroup(netlink, invocation.queriedCgroup);
    return json ? formatCgroupAnswerJson(reply) : formatCgroupAnswer(reply, colour);
  }
  if (invocation.command === "explain") {
    const { explain } = await import("./commands/explain.ts");
    const groupingRules = await load(invocation, (warning) => warn(`warning: ${warning}\n`));
    const commandLines = createCommandLines({ proc: createProcReader(invocation.procRoot) });
    const users = openUserNames((reason) => warn(`warning: ${unnamedUsers}: ${reason}\n`));
    return explain(
      { ...invocation, groupingRules, users, commandLines },
      { pid: invocation.explainedPid, json, colour },
    );
  }
  return undefined;
}

/** A timer that does not keep the process running. */
const idleTimer: Timer = (ms, action) => {
  const timeout = setTimeout(action, ms).unref();
  return () => clearTimeout(timeout);
};

/** What `main` hands to a run. */
interface Start {
  readonly version: string;
  readonly lines: LineWriter;
  readonly hardening: Hardening;
}

const openServiceManager = (): ServiceManager =>
  createServiceManager({
    env: process.env,
    pid: process.pid,
    open: openDatagramSender,
    timer: idleTimer,
    monotonicUs: () => process.hrtime.bigint() / 1000n,
  });

/** An exporter that has not started, and its logs. */
interface Opened {
  readonly exporter: Exporter;
  readonly log: ReturnType<typeof sumUpRepeats>;
  readonly plainLog: Log;
}

/** @param hooks what is to be told of each exit; undefined for all commands but `events` */
async function openExporter(
  invocation: Invocation,
  { version, lines, hardening }: Start,
  hooks?: ExitHooks,
): Promise<Opened> {
  const plainLog = createLog({ level: invocation.logLevel, format: invocation.logFormat }, lines.write);
  const log = sumUpRepeats(plainLog, idleTimer);
  const onStuck = (pid: number): void =>
    log.warn({ pid }, "its command line cannot be read: a task that holds its memory waits, mostly for a file system");
  const proc = createProcReader(invocation.procRoot);
  const exporter: Exporter = createExporter({
    ...hooks,
    netlink,
    proc,
    schedFeaturesPath,
    cpulist: readPossibleCpus(invocation.procRoot),
    tickNs: readLongestTickNs(),
    clock: systemClock,
    config: { ...invocation, exitsRequired: hooks !== undefined },
    loadGroupingRules: () =>
      load(invocation, (warning) => log.warn({ warning }, "the configuration holds what is surely not meant")),
    users: openUserNames((reason) => log.warn({ reason }, unnamedUsers)),
    pods: await openPodWatch(invocation, process.env, log),
    commandLines: createCommandLines({ proc, onStuck }),
    watchExecs: createExecWatching(invocation.procRoot).watch,
    log,
    countLinesDropped: () => lines.dropped,
    privileges: lookAtPrivileges(hardening, invocation),
    pid: process.pid,
    version,
    causeThreadExit,
  });
  return { exporter, log, plainLog };
}

/** Runs an exporter, for one page or until a signal. */
async function runExporter(invocation: Invocation, start: Start): Promise<void> {
  const { version, lines } = start;
  const events =
    invocation.command === "events"
      ? (await import("./commands/events/events.ts")).openEvents(invocation, lines.write)
      : undefined;
  const { exporter, log, plainLog } = await openExporter(invocation, start, events?.hooks);
  try {
    if (events !== undefined) await events.show(exporter);
    else if (invocation.command === "once") {
      const { collectOnce } = await import("./commands/once.ts");
      await collectOnce(invocation, exporter);
    } else {
      const { serve } = await import("./commands/serve.ts");
      await serve(invocation, exporter, { version, log, plainLog, serviceManager: openServiceManager() });
    }
  } finally {
    log.tellRest();
  }
}

/** Shows the groups of another exporter, or of one that is opened for it. */
async function runTop(invocation: Invocation, start: Start): Promise<void> {
  const { top } = await import("./commands/top/top.ts");
  const { createHeldLines } = await import("./commands/top/held-lines.ts");
  const lines = createHeldLines(start.lines.write);
  let log: Opened["log"] | undefined;
  const open = async (): Promise<Exporter> => {
    const opened = await openExporter(invocation, { ...start, lines: { ...start.lines, write: lines.write } });
    log = opened.log;
    return opened.exporter;
  };
  try {
    await top({ invocation, version: start.version, openExporter: open, lines });
  } finally {
    log?.tellRest();
  }
}

async function run(invocation: Invocation, { lines, hardening }: Omit<Start, "version">): Promise<void> {
  const version = readVersion();
  const text = await answer(invocation, version, lines.write);
  if (text !== undefined) {
    await print(text);
    return;
  }
  if (invocation.checkedFile !== undefined) {
    const { checkConfig } = await import("./commands/check-config.ts");
    const texts: string[] = [];
    try {
      checkConfig(invocation.checkedFile, { json: invocation.json, print: (part) => void texts.push(part) });
    } finally {
      await print(texts.join(""));
    }
    return;
  }
  if (invocation.command === "top") await runTop(invocation, { version, lines, hardening });
  else await runExporter(invocation, { version, lines, hardening });
}

/** How long the program waits, before it exits, for a slow reader of standard error, in milliseconds. */
const flushLimitMs = 500;

/**
 * Runs the program, then exits with status 0, or prints the error and exits with status 1.
 *
 * @param args the command line without the program's name
 * @param hardening the result of `harden`, which has run before
 */
export async function main(args: readonly string[], hardening: Hardening): Promise<void> {
  const lines = createLineWriter(createStandardError());
  let status = 0;
  try {
    await run(parseCommandLine(args), { lines, hardening });
  } catch (error) {
    if (!(error instanceof ExporterError)) {
      await lines.flush(flushLimitMs);
      throw error;
    }
    lines.write(`taskstats-exporter: ${error.message}\n`);
    status = 1;
  }
  await lines.flush(flushLimitMs);
  exitAtOnce(status);
}
