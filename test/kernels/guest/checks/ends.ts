/** Exits by code and by signal, of processes with one thread and with several. */

import type { Check } from "../check.ts";
import { readGroup } from "../figures.ts";
import { runWorkload, startWorkload } from "../workload.ts";

const codes = ["0", "3", "255"];
const signals = { SIGKILL: 9, SIGTERM: 15, SIGSEGV: 11, SIGABRT: 6 };
const each = 10;

const plain: Check = {
  title: "tells exit codes and signals apart",
  async run(verdict, { program }) {
    const ways = codes.length + Object.keys(signals).length;
    const lists = ["--exit-codes", codes.join(","), "--signals", Object.values(signals).join(",")];
    await runWorkload("spawn", String(each * ways), "--comm", "ends", ...lists);
    const page = await program.scrape();
    const exits = (reason: string, code: string): number | undefined =>
      page.value("taskstats_process_exits_total", { groupname: "ends", reason, code });
    for (const code of codes) verdict.equal(`exits with code ${code}`, exits("exited", code), each);
    for (const signal of Object.keys(signals)) verdict.equal(`exits by ${signal}`, exits("signaled", signal), each);
    verdict.equal("all exits", readGroup(page, "ends").exits, each * ways);
  },
};

const killed = 3;
const threads = 5;

const wholeProcess: Check = {
  title: "counts a process of several threads that is killed as one exit by that signal",
  async run(verdict, { program }) {
    const args = [String(killed), "--threads", String(threads), "--comm-prefix", "doomed"];
    const idle = await startWorkload(["idle", ...args], { ready: true });
    await idle.finish();
    const page = await program.scrape();
    const labels = { groupname: "doomed0", reason: "signaled", code: "SIGKILL" };
    verdict.equal("exits by SIGKILL", page.value("taskstats_process_exits_total", labels), killed);
    const got = readGroup(page, "doomed0");
    verdict.equal("all exits", got.exits, killed);
    verdict.equal("thread exits", got.threadExits, killed * threads);
    verdict.equal("live processes", got.processes, 0);
  },
};

/** The checks of how processes ended. */
export const ends: readonly Check[] = [plain, wholeProcess];
