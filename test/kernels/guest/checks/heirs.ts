/** Processes in which a thread that is not the leader execs, and takes the leader's id over. */

import { startLife, withLinks } from "../../../support/life.ts";
import type { Check, Scene } from "../check.ts";
import { readGroup } from "../figures.ts";
import type { Verdict } from "../verdict.ts";

const execs = 3;
const sleepers = 2;
const short = 20;

/** Exits of threads: at each exec the sleepers and the old leader, then the short ones, and at last the leader. */
const threadEnds = execs * (sleepers + 1 + short) + 1;

async function run(verdict: Verdict, { program }: Scene, { name, scraped }: { name: string; scraped: boolean }) {
  await withLinks([name], async (path) => {
    const life = await startLife(name);
    for (let exec = 0; exec < execs; exec++) {
      await life.tell("touch 30");
      await life.tell(`threads ${sleepers} 10`);
      await life.tell("hand-over");
      if (scraped) await program.scrape();
      await life.tell(`exec ${path(name)}`);
      await life.tell(`churn ${short} 5`);
      if (scraped) await program.scrape();
    }
    const [usage] = await life.end("exit 3");
    const page = await program.scrape();
    const got = readGroup(page, name);
    const code = page.value("taskstats_process_exits_total", { groupname: name, reason: "exited", code: "3" });
    verdict.equal("exits with code 3", code, 1);
    verdict.equal("process exits", got.exits, 1);
    verdict.equal("process starts", got.starts, 1);
    verdict.equal("thread exits", got.threadExits, threadEnds);
    verdict.equal("live processes", got.processes, 0);
    verdict.equal("minor faults", got.minorFaults, usage?.minflt);
    verdict.count("thread exits", got.threadExits);
    verdict.count("minor faults", `${got.minorFaults} of ${usage?.minflt ?? NaN}`);
  });
}

/** The checks of execs by threads, in processes that no scrape saw and in processes that scrapes saw before and after. */
export const heirs: readonly Check[] = [
  {
    title: `bills a process that goes on after ${execs} execs by other threads than the main one to one exit`,
    run: (verdict, scene) => run(verdict, scene, { name: "heirs", scraped: false }),
  },
  {
    title: "and so it does where scrapes see it before and after each exec",
    run: (verdict, scene) => run(verdict, scene, { name: "seen-heirs", scraped: true }),
  },
];
