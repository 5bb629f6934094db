/** Figures of processes whose threads exit while scrapes ask for them. */

import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../check.ts";
import { readGroup } from "../figures.ts";
import { startWorkload, workloadPath, type Usage } from "../workload.ts";
import { compareEnded } from "./conservation.ts";

/** The number of scrapes, one right after the other. */
const scrapes = 20;

/** Ids of the processes of that name. */
function findProcesses(comm: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === comm;
    } catch {
      return false;
    }
  });
}

/** Threads of churn that live at the same time. */
const chains = 4;

const churning: Check = {
  title: `bills a process whose threads kept ending over ${scrapes} scrapes to wait4's faults and switches`,
  async run(verdict, { program, facts: { structVersion } }) {
    const command = ["1", "--comm", "churning", "--", workloadPath("churn"), "--threads"];
    const workload = await startWorkload(["spawn", ...command], { nice: true });
    // Before its exec the process would be billed to the group of the program that started it.
    while (findProcesses("churning").length === 0) await delay(10);
    for (let scrape = 0; scrape < scrapes; scrape++) await program.scrape();
    const [churned, usage] = (await workload.finish()) as [{ readonly threads: number }, Usage];
    const got = readGroup(await program.scrape(), "churning");
    compareEnded(verdict, got, { usage, processes: 1, threadEnds: churned.threads, structVersion, dying: chains });
  },
};

const processes = 3;
const threads = 5;

interface ProcFigures {
  readonly minorFaults: number;
  readonly voluntary: number;
  readonly involuntary: number;
}

/** Sums over the threads of all processes of that name, as /proc shows them. */
function readProc(comm: string): ProcFigures {
  const sum = { minorFaults: 0, voluntary: 0, involuntary: 0 };
  for (const pid of findProcesses(comm)) {
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      const read = (file: string): string => readFileSync(`/proc/${pid}/task/${tid}/${file}`, "utf8");
      const status = read("status");
      sum.minorFaults += Number(read("stat").split(") ")[1]?.split(" ")[7]);
      sum.voluntary += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
      sum.involuntary += Number(/^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
    }
  }
  return sum;
}

const live: Check = {
  title: "shows live processes of several threads with the sums of their threads in /proc",
  async run(verdict, { program }) {
    const args = [String(processes), "--threads", String(threads), "--comm-prefix", "many"];
    const idle = await startWorkload(["idle", ...args], { ready: true });
    const got = readGroup(await program.scrape(), "many0");
    const want = readProc("many0");
    verdict.equal("live processes", got.processes, processes);
    verdict.equal("live threads", got.threads, processes * threads);
    verdict.equal("process starts", got.starts, processes);
    verdict.equal("minor faults", got.minorFaults, want.minorFaults);
    verdict.equal("voluntary switches", got.voluntary, want.voluntary);
    verdict.equal("involuntary switches", got.involuntary, want.involuntary);
    verdict.count("minor faults", `${got.minorFaults} of ${want.minorFaults}`);
    verdict.count("voluntary switches", `${got.voluntary} of ${want.voluntary}`);
    await idle.finish();
  },
};

/** The checks of processes that scrapes saw alive. */
export const switches: readonly Check[] = [live, churning];
