/** From figures to series: which there are, and which are absent. */

import { describe, expect, test } from "@jest/globals";
import { recordExit } from "../../src/account/account.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { createRecord } from "../../src/taskstats/record.ts";
import { catalogueLines } from "../support/catalogue-lines.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

const named = (lines: ReturnType<typeof catalogueLines>, name: string) => lines.filter((line) => line.name === name);

test("tasks of control groups are shown as they are, and absent where none is asked about", () => {
  const cgroups = [
    { labels: { cgroup: "/a", state: "sleeping" }, value: 3 },
    { labels: { cgroup: "/a", state: "running" }, value: 0 },
  ];
  const name = "taskstats_cgroup_tasks";
  expect(named(catalogueLines({ cgroups }), name)).toEqual(cgroups.map((line) => ({ name, ...line })));
  expect(named(catalogueLines({ cgroups: [] }), name)).toEqual([]);
  expect(named(catalogueLines({}), name)).toEqual([]);
});

describe("a group", () => {
  test("has its sums in base units, a series for each kind", () => {
    const group = groupOf("job", accountOf({ cpu_delay_total: 2.5e9, ac_minflt: 7 }));
    const lines = catalogueLines(pageOf(group));
    const delays = named(lines, "taskstats_delay_seconds_total");
    expect(delays).toHaveLength(8);
    expect(delays).toContainEqual({
      name: "taskstats_delay_seconds_total",
      labels: { groupname: "job", kind: "cpu" },
      value: 2.5,
    });
    expect(named(lines, "taskstats_page_faults_total")).toContainEqual({
      name: "taskstats_page_faults_total",
      labels: { groupname: "job", kind: "minor" },
      value: 7,
    });
  });

  test("has at most 60 series while none of its processes has ended", () => {
    expect(catalogueLines(pageOf(groupOf("idle", accountOf({})))).length).toBeLessThanOrEqual(60);
  });

  test("has a histogram from its first observation on", () => {
    const account = accountOf({});
    const lifetime = "taskstats_process_lifetime_seconds_count";
    expect(named(catalogueLines(pageOf(groupOf("job", account))), lifetime)).toEqual([]);
    const record = createRecord().fill(NaN);
    record[slotOf("ac_tgetime")] = 5e6;
    recordExit(account, 0, { process: record, last: record });
    const lines = catalogueLines(pageOf(groupOf("job", account)));
    expect(named(lines, lifetime)).toEqual([{ name: lifetime, labels: { groupname: "job" }, value: 1 }]);
    expect(named(lines, "taskstats_process_max_rss_bytes_count")).toEqual([]);
  });

  test("has no series of a field that this kernel does not fill", () => {
    const page = { ...pageOf(groupOf("job", accountOf({}))), has: (slot: number) => slot !== slotOf("irq_count") };
    const delays = named(catalogueLines(page), "taskstats_delays_total");
    expect(delays.map(({ labels }) => labels["kind"])).not.toContain("irq");
    expect(delays).toHaveLength(7);
  });

  test("has neither exits nor histograms where exit events do not arrive", () => {
    const account = accountOf({});
    const record = createRecord().fill(1);
    recordExit(account, 0, { process: record, last: record });
    const lines = catalogueLines({ ...pageOf(groupOf("job", account)), exitsUp: false });
    const exits = /_exits_total$|_bucket$|_sum$|_count$/;
    expect(lines.filter(({ name }) => exits.test(name))).toEqual([]);
    expect(named(lines, "taskstats_process_starts_total")).toHaveLength(1);
  });
});

test("a metric of the exporter's own that is absent from the page has no series", () => {
  const lines = catalogueLines({ exporter: { exitEvents: [{ value: 3 }] } });
  expect(lines).toEqual([{ name: "taskstats_exporter_exit_events_total", labels: {}, value: 3 }]);
});
