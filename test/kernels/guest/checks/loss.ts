/** Law 5: events received and lost are together the events sent. */

import type { ScrapedPage } from "../../../support/page.ts";
import type { Check, Scene } from "../check.ts";
import { readGroup } from "../figures.ts";
import { runWorkload } from "../workload.ts";

const count = 5000;

/** A page, and the number of events that the kernel had sent when it was made. No event came meanwhile. */
async function scrapeAtRest({ program, eyes }: Scene): Promise<{ readonly page: ScrapedPage; readonly sent: number }> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const sent = eyes.countEvents();
    const page = await program.scrape();
    if (eyes.countEvents() === sent) return { page, sent };
  }
  throw new Error("tasks end during each of ten scrapes");
}

/** The check that nothing is lost without being counted; the program has a buffer of six events. */
export const loss: Check = {
  title: `counts received and lost events of ${count} ends to the number sent, in a buffer far too small`,
  async run(verdict, scene) {
    const before = await scrapeAtRest(scene);
    const lostHere = scene.eyes.countLost();
    const storm = await runWorkload("storm", String(count));
    const after = await scrapeAtRest(scene);
    const grown = (name: string): number => (after.page.value(name) ?? NaN) - (before.page.value(name) ?? NaN);
    const received = grown("taskstats_exporter_exit_events_total");
    const lost = grown("taskstats_exporter_exit_events_lost_total");
    const sent = after.sent - before.sent;
    verdict.equal("events that this check itself lost", scene.eyes.countLost() - lostHere, 0);
    verdict.within("events sent", sent, { least: storm.count + 1, most: Infinity });
    verdict.equal("received and lost", received + lost, sent);
    verdict.within("lost", lost, { least: 1, most: sent });
    verdict.within("resyncs", grown("taskstats_exporter_resyncs_total"), { least: 1, most: Infinity });
    verdict.equal("live processes of storm", after.page.sum("taskstats_processes", { groupname: "storm" }), 0);
    // storm and one worker for each processor are the only processes. No thread's exit counts as a process's,
    // whatever was lost.
    const processes = { least: 0, most: 1 + scene.facts.processors };
    verdict.within("process exits of storm", readGroup(after.page, "storm").exits, processes);
    verdict.count("sent", sent);
    verdict.count("received", received);
    verdict.count("lost", lost);
  },
};
