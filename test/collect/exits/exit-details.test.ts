/** What the exit record of a leader says of its process. */

import { expect, test } from "@jest/globals";
import { readExitDetails } from "../../../src/collect/exits/exit-details.ts";
import { createFactReader } from "../../../src/collect/groups/fact-reader.ts";
import { AFORK } from "../../../src/fields/fields.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createFakeCommandLines } from "../../support/fake-command-lines.ts";
import { fakeUsers } from "../../support/fake-users.ts";
import { exitRecordOf } from "../../support/receptions.ts";

const factReader = createFactReader({
  proc: createProcReader("/nonexistent"),
  commandLines: createFakeCommandLines("/nonexistent"),
  users: fakeUsers,
  needs: () => new Set(["user"] as const),
  bootTime: { seconds: 0 },
});
const figures = { ac_uid: 1000, ac_ppid: 5, ac_etime: 4000, cpu_delay_total: 1_000_000, ac_btime: 0 };

test("the details are command, user, parent, life and earliest start, without what no record has", () => {
  const arrival = { emptyAtUs: 10_000, epochUs: -Infinity };
  const details = readExitDetails(factReader, 42, exitRecordOf({ tid: 42, comm: "job", figures }, arrival));
  expect(details).toMatchObject({ ppid: 5, forkOnly: false, lifeUs: 3000, bornAfterUs: 6000 });
  expect(details.facts).toMatchObject({ tgid: 42, comm: "job", user: "1000" });
  expect([details.facts.argv, details.facts.cgroups, details.facts.effectiveUser]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a process that never started a program is known by the flag AFORK", () => {
  const record = exitRecordOf({ tid: 42, figures: { ...figures, ac_flag: AFORK } });
  expect(readExitDetails(factReader, 42, record).forkOnly).toBe(true);
});
