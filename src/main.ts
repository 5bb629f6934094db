#!/usr/bin/env node
/** The program: understands the command line, runs the command, and reports what ended it. */

import { readFileSync } from "node:fs";
import { ExporterError } from "./base/errors.ts";
import { systemClock } from "./base/clock.ts";
import { defaultGrouping } from "./collect/grouping.ts";
import { parseCommandLine, type Invocation } from "./cli.ts";
import { formatHelp } from "./flags.ts";
import { checkConfig } from "./commands/check-config.ts";
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
import { TASKSTATS_GENL_NAME } from "./taskstats/constants.ts";

const netlink: Netlink = { resolveFamily: () => resolveFamily(TASKSTATS_GENL_NAME), open: openSocket };

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

async function run(invocation: Invocation): Promise<void> {
  const version = readVersion();
  if (invocation.help) return void process.stdout.write(formatHelp());
  if (invocation.version) return void process.stdout.write(`taskstats-exporter ${version} (node ${process.version})\n`);
  if (invocation.query !== undefined) {
    const answer = await query(netlink, invocation.query);
    return void process.stdout.write(invocation.json ? formatAnswerJson(answer) : formatAnswer(answer));
  }
  if (invocation.checkedFile !== undefined) {
    const print = (text: string): void => void process.stdout.write(text);
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
    loadGrouping: () => defaultGrouping,
    passwdPath: "/etc/passwd",
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
