import { expect, test } from "@jest/globals";
import { createRateSampler } from "../../src/exposition/rate-sampler.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

const second = 1e6;

test("the first sample covers the time since the counters began, the next one the time since the sample before", () => {
  const account = accountOf({ cpu_run_virtual_total: 2e9, blkio_delay_total: 4e9 });
  account.exits.set(0, 6);
  const sample = createRateSampler(10 * second);
  const first = sample(pageOf(groupOf("job", account)), 12 * second);
  expect(first.seconds).toBe(2);
  expect(first.activities).toMatchObject([{ cpus: 1, waits: [{ kind: "blkio", tasks: 2 }], endsPerSecond: 3 }]);
  account.exact[slotOf("cpu_run_virtual_total")] = 2.5e9;
  const next = sample(pageOf(groupOf("job", account)), 13 * second);
  expect(next.activities).toMatchObject([{ cpus: 0.5, waits: [], endsPerSecond: 0 }]);
});

test("the busiest group is first, waits counted like CPU time, and a group's longest wait is its first", () => {
  const idle = groupOf("idle", accountOf({}));
  const runs = groupOf("runs", accountOf({ cpu_run_virtual_total: 1e9 }));
  const waits = groupOf("waits", accountOf({ cpu_delay_total: 1e9, blkio_delay_total: 2e9 }));
  const { activities } = createRateSampler(0)(pageOf(idle, runs, waits), second);
  expect(activities.map(({ group }) => group.labels["groupname"])).toEqual(["waits", "runs", "idle"]);
  expect(activities[0]?.waits.map(({ kind }) => kind)).toEqual(["blkio", "cpu"]);
});

test("two samples at the same moment divide by no zero", () => {
  const sample = createRateSampler(0);
  const page = pageOf(groupOf("job", accountOf({ cpu_run_virtual_total: 1 })));
  sample(page, second);
  expect(sample(page, second).activities).toMatchObject([{ cpus: 0, endsPerSecond: 0 }]);
});
