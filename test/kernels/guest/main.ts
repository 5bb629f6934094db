/** The program that the guest runs: it looks at the kernel, runs the checks, and tells the host line by line. */

import { readFileSync, writeSync } from "node:fs";
import { startProgram, type Program } from "../../support/program.ts";
import { formatMessage, type Facts, type Message } from "../report.ts";
import { captureFixtures, captureWanted } from "./capture.ts";
import { guestWords } from "./words.ts";
import { describe, runCheck, type Check } from "./check.ts";
import { controlGroups, prepareControlGroups, rulesFlag } from "./checks/control-groups.ts";
import { conservation } from "./checks/conservation.ts";
import { delays } from "./checks/delays.ts";
import { ends } from "./checks/ends.ts";
import { falling } from "./checks/falling.ts";
import { falseWaits } from "./checks/false-waits.ts";
import { fields, readKinds } from "./checks/fields.ts";
import { heirs } from "./checks/heirs.ts";
import { health } from "./checks/health.ts";
import { loss } from "./checks/loss.ts";
import { runTime } from "./checks/run-time.ts";
import { switches } from "./checks/switches.ts";
import { findFacts } from "./facts.ts";
import { openKernelEyes, type KernelEyes } from "./kernel.ts";
import { startWorkload } from "./workload.ts";

const tell = (message: Message): void => void writeSync(1, formatMessage(message));

/** Checks that share one run of the program. */
interface Session {
  readonly args: readonly string[];
  readonly checks: readonly Check[];
  /** Runs before the program starts. @returns a function that undoes it */
  readonly prepare?: () => Promise<() => Promise<unknown>>;
  /** Runs at the end, on the checked program. */
  readonly conclude?: (program: Program) => Promise<void>;
}

const sessions: readonly Session[] = [
  { args: [], checks: [delays] },
  { args: [], checks: [falseWaits] },
  {
    args: [],
    checks: [...conservation, ...ends, ...switches, ...heirs, ...runTime, fields, health],
    conclude: async (program) => tell({ kind: "delays", delayKinds: readKinds(await program.scrape()) }),
  },
  {
    args: ["--discovery.interval=200ms"],
    checks: [falling],
    prepare: async () => {
      const { finish } = await startWorkload(["churn", "--threads", "--comm", "old"], { nice: true });
      return finish;
    },
  },
  { args: ["--exits.receive-buffer=8KiB"], checks: [loss] },
  { args: [rulesFlag], checks: [controlGroups], prepare: prepareControlGroups },
];

/** The sessions, with all checks or with those that the host asked for by a word of their title. */
function chosenSessions(): readonly Session[] {
  const [, word = ""] = /\bguest\.check=(\S+)/.exec(guestWords()) ?? [];
  return sessions
    .map((session) => ({ ...session, checks: session.checks.filter(({ title }) => title.includes(word)) }))
    .filter(({ checks }) => checks.length > 0);
}

async function runSession({ args, checks, prepare, conclude }: Session, facts: Facts, eyes: KernelEyes): Promise<void> {
  const finish = await prepare?.();
  try {
    const program = await startProgram(args);
    for (const check of checks) tell({ kind: "check", check: await runCheck(check, { facts, eyes, program }) });
    await conclude?.(program);
    const status = await program.stop();
    if (status !== 0) throw new Error(`want the program to end with status 0, got ${status}: ${program.log()}`);
  } finally {
    await finish?.();
  }
}

try {
  const eyes = await openKernelEyes(readFileSync("/sys/devices/system/cpu/possible", "utf8").trim());
  const facts = await findFacts(eyes);
  tell({ kind: "facts", facts });
  for (const session of chosenSessions()) {
    await runSession(session, facts, eyes).catch((error: unknown) => tell({ kind: "error", error: describe(error) }));
  }
  eyes.close();
  if (captureWanted()) for (const file of await captureFixtures()) tell({ kind: "fixture", file });
  tell({ kind: "end" });
} catch (error) {
  tell({ kind: "error", error: describe(error) });
}
process.exit(0);
