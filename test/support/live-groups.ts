/** Groups whose figures a test moves, for tests of what people are shown. */

import type { Account } from "../../src/account/account.ts";
import type { GroupFigures } from "../../src/exposition/page.ts";
import type { Activity } from "../../src/fields/activities.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { rateKinds, type RateKind, type Rates } from "../../src/live/rates.ts";
import type { GroupView, LiveView } from "../../src/live/view.ts";
import { accountOf, groupOf } from "./page-figures.ts";

/** An account to which nothing has been billed. */
export const createEmptyAccount = (): Account => accountOf({});

/** Bills seconds of an activity. */
export function spend(account: Account, kind: Activity, seconds: number): void {
  const slot = slotOf(kind === "run" ? "cpu_run_virtual_total" : `${kind}_delay_total`);
  account.exact[slot] = (account.exact[slot] as number) + seconds * 1e9;
}

/** Counts exits of a wait status. */
export function exit(account: Account, status: number, count = 1): void {
  account.exits.set(status, (account.exits.get(status) ?? 0) + count);
}

/** The figures of accounts as a sample finds them now. */
export const figuresOf = (...accounts: readonly Account[]): GroupFigures[] =>
  accounts.map((account) => groupOf("job", account));

/** Rates that are 0 but for these. */
export const ratesWith = (rates: Partial<Readonly<Record<RateKind, number>>>): Rates =>
  Float64Array.from(rateKinds, (kind) => rates[kind] ?? 0);

/** The view of an idle group of one process, but for these figures. */
export const groupViewOf = (groupname: string, figures: Partial<GroupView> = {}): GroupView => ({
  ...{ labels: { groupname }, processes: 1, threads: 1, run: 0, waits: {}, exits: 0, failed: 0 },
  ...figures,
});

/** A view of a machine of two CPUs, on which all is well. */
export const liveViewOf = (groups: readonly GroupView[], view: Partial<LiveView> = {}): LiveView => ({
  ...{ version: "1.2.3", hostname: "box", cpus: 2, sampledAt: 1_800_000_000, span: 5, privileges: undefined },
  ...{ conditions: [{ level: "good", subject: "Delay accounting", text: "is on" }], groups },
  ...view,
});
