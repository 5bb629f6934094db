/** After all other checks of a session the exporter's metrics about itself must show no trouble. */

import type { Check } from "../check.ts";

const zero = [
  "exit_events_lost_total",
  "resyncs_total",
  "processes_vanished_total",
  "queries_unanswered_total",
  "exit_records_without_baseline_total",
  "groups_overflowed_total",
];

/** Since this struct version exit events name their process, so that no fork events are needed. */
const namedSince = 12;

/** The check that nothing was lost, guessed or misread. */
export const health: Check = {
  title: "has lost, misread and left unattributed nothing",
  async run(verdict, { program, facts: { structVersion } }) {
    const page = await program.scrape();
    for (const name of zero) verdict.equal(name, page.value(`taskstats_exporter_${name}`), 0);
    const forks = structVersion < namedSince ? 0 : undefined;
    for (const name of ["fork_events_lost_total", "exit_records_unattributed_total"]) {
      verdict.equal(name, page.value(`taskstats_exporter_${name}`), forks);
    }
    verdict.equal(
      "unidentified",
      page.value("taskstats_exporter_exit_attribution_total", { by: "unidentified_comm" }),
      0,
    );
    verdict.equal("malformed messages", page.sum("taskstats_exporter_malformed_messages_total"), 0);
    verdict.equal("scrape errors", page.sum("taskstats_exporter_scrape_errors_total"), 0);
    verdict.none(
      "errors in the log",
      program
        .log()
        .split("\n")
        .filter((line) => line.startsWith("level=error")),
    );
  },
};
