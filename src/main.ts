#!/usr/bin/env node
/** The program: understands the command line, runs the command, and reports what ended it. */

import { readFileSync } from "node:fs";
import { ExporterError } from "./base/errors.ts";
import { systemClock } from "./base/clock.ts";
import { defaultGrouping, type ExplainedGrouping } from "./default-grouping.ts";
import { parseCommandLine, type Invocation } from "./cli.ts";
import { formatHelp } from "./flags.ts";
import { explain } from "./commands/explain.ts";
import { collectOnce } from "./commands/once.ts";
import { formatAnswer, formatAnswerJson, query } from "./commands/query.ts";
import { serve } from "./commands/serve.ts";
import { endThread } from "./end-thread.ts";
import { createWatchExecs } from "./execs/watch.ts";
import { createExporter, readPossibleCpus, type Exporter } from "./exporter.ts";
import { createLog } from "./log.ts";
import { resolveFamily } from "./netlink/family.ts";
import { openSocket } from "./netlink/libc.ts";
import type { Netlink } from "./netlink/socket.ts";
import { openPodWatch } from "./pods.ts";
import { TASKSTATS_GENL_NAME } from "./taskstats/constants.ts";
import { isColourTerminal } from "./terminal/colour.ts";

const netlink: Netlink = { resolveFamily: () => resolveFamily(TASKSTATS_GENL_NAME), open: openSocket };

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

const passwdPath = "/etc/passwd";

const print = (text: string): void => void process.stdout.write(text);

/** What reads a file takes five megabytes, which an exporter without one does without. @throws ExporterError CONFIG */
async function load({ configFile }: Invocation, onWarning: (warning: string) => void): Promise<ExplainedGrouping> {
  if (configFile === undefined) return defaultGrouping;
  const { loadConfig } = await import("./config/load.ts");
  const { createGrouping } = await import("./grouping.ts");
  const config = loadConfig(configFile);
  config.warnings.forEach(onWarning);
  return createGrouping(config);
}

/** @returns what the command prints; undefined for those that run an exporter */
async function answer(invocation: Invocation, version: string): Promise<string | undefined> {
  const { json } = invocation;
  const colour = isColourTerminal(process.stdout, process.env);
  if (invocation.help) return formatHelp();
  if (invocation.version) return `taskstats-exporter ${version} (node ${process.version})\n`;
  if (invocation.query !== undefined) {
    const reply = await query(netlink, invocation.query);
    return json ? formatAnswerJson(reply) : formatAnswer(reply, colour);
  }
  if (invocation.command === "explain") {
    const grouping = await load(invocation, (warning) => process.stderr.write(`warning: ${warning}\n`));
    return explain({ ...invocation, grouping, passwdPath }, { pid: invocation.explainedPid, json, colour });
  }
  return undefined;
}

async function run(invocation: Invocation): Promise<void> {
  const version = readVersion();
  const text = await answer(invocation, version);
  if (text !== undefined) {
    print(text);
    return;
  }
  if (invocation.checkedFile !== undefined) {
    const { checkConfig } = await import("./commands/check-config.ts");
    checkConfig(invocation.checkedFile, { json: invocation.json, print });
    return;
  }
  const log = createLog({ level: invocation.logLevel, format: invocation.logFormat });
  const exporter: Exporter = createExporter({
    netlink,
    procRoot: invocation.procRoot,
    cpulist: readPossibleCpus(),
    clock: systemClock,
    config: invocation,
    loadGrouping: () =>
      load(invocation, (warning) => log.warn({ warning }, "the configuration holds what is surely not meant")),
    passwdPath,
    pods: await openPodWatch(invocation, process.env, log),
    watchExecs: createWatchExecs(invocation.procRoot),
    log,
    pid: process.pid,
    version,
    endThread,
  });
  if (invocation.command === "once") await collectOnce(invocation, exporter);
  else await serve(invocation, exporter, { version, log });
}

try {
  await run(parseCommandLine(process.argv.slice(2)));
  process.exitCode = 0;
} catch (error) {
  if (!(error instanceof ExporterError)) throw error;
  process.stderr.write(`taskstats-exporter: ${error.message}\n`);
  process.exitCode = 1;
}
