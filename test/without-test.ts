/** Files of src that have no test at the mirrored path (`src/a/b.ts` -> `test/a/b.test.ts`). See architecture.test.ts. */

/** Files that need none, with the reason. */
export const withoutTest: Readonly<Record<string, string>> = {
  "classify/process-facts.ts": "types, and facts that are all unknown",
  "classify/rule.ts": "types only",
  "collect/exits/task-owners.ts": "types only",
  "commands/events/exit-format.ts": "types only",
  "execs/exec-watcher.ts": "types only",
  "execs/messages.ts": "types only",
  "fields/field.ts": "types only",
  "kubernetes/pod-names.ts": "types only",
  "commands/top/source.ts": "types only",
  "config/config.ts": "types and the default values",
  "connector/constants.ts": "constants of kernel headers",
  "http/rejection.ts": "one constant",
  "netlink/constants.ts": "constants of kernel headers",
  "taskstats/constants.ts": "constants of kernel headers",
  "exposition/catalogue-entry.ts": "types only",
  "exposition/series.ts": "types only",
  "exposition/series-encoder.ts": "types only",
  "kernel-access.ts": "wiring; the fake exporter and test/e2e run it",
  "thread-exit.ts": "only the kernel shows what it does; test/kernel runs it",
  "main.ts": "wiring; test/e2e runs it",
  "program.ts": "wiring; test/e2e runs it",
};
