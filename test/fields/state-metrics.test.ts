/** The table of state metrics, against the naming rules of Prometheus, the flags, and the page. */

import { describe, expect, test } from "@jest/globals";
import { createAccount } from "../../src/account/account.ts";
import { threadStateNames, stateCollectors, stateMetrics, threadStates } from "../../src/fields/state-metrics.ts";
import { flags } from "../../src/flags.ts";
import { catalogueLines } from "../support/catalogue-lines.ts";
import { groupOf, plan } from "../support/page-figures.ts";

const rows = Object.values(stateMetrics);

describe.each(rows)("$name", ({ name, help, type }) => {
  test("is a gauge with the name of one, and a help of one line", () => {
    expect(name).toMatch(/^taskstats_(?!exporter_)[a-z]+(_[a-z]+)*(?<!_total)$/);
    expect(type).toBe("gauge");
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
  });
});

test("each family has its flag, and metrics", () => {
  for (const collector of stateCollectors) {
    expect(flags).toHaveProperty([`collector.${collector}`, "kind"], "switch");
    expect(rows.some((row) => row.collector === collector)).toBe(true);
  }
});

test("no letter of the kernel's stands for two states", () => {
  const letters = threadStateNames.flatMap((name): readonly string[] => threadStates[name]);
  expect(new Set(letters).size).toBe(letters.length);
});

describe("the page", () => {
  const shown = (now: object): string[] =>
    catalogueLines({ groups: [{ ...groupOf("web", createAccount(plan)), now }] })
      .filter(({ name }) => rows.some((row) => row.name === name))
      .map(({ name, labels, value }) => `${name} ${Object.values(labels).slice(1).join()} ${value}`);

  test("has a series for each value of the label, in base units", () => {
    const threads = { running: 1, sleeping: 2, uninterruptible: 3, stopped: 4, zombie: 5, idle: 6 };
    expect(shown({ threads, uninterruptibleSeconds: 7.5 })).toEqual([
      "taskstats_thread_states running 1",
      "taskstats_thread_states sleeping 2",
      "taskstats_thread_states uninterruptible 3",
      "taskstats_thread_states stopped 4",
      "taskstats_thread_states zombie 5",
      "taskstats_thread_states idle 6",
      "taskstats_uninterruptible_seconds  7.5",
    ]);
    expect(shown({ memory: { resident: 8, virtual: 9, swap: 10 }, openFds: 11, worstFdRatio: 0.5 })).toEqual([
      "taskstats_memory_bytes resident 8",
      "taskstats_memory_bytes virtual 9",
      "taskstats_memory_bytes swap 10",
      "taskstats_open_fds  11",
      "taskstats_worst_fd_ratio  0.5",
    ]);
  });

  test("has nothing of what is not collected, or not known", () => {
    expect(shown({})).toEqual([]);
  });
});
