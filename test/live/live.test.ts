import { describe, expect, test } from "@jest/globals";
import type { Account } from "../../src/account/account.ts";
import { createRecentExits, noteExit } from "../../src/account/recent-exits.ts";
import { createHistory } from "../../src/live/history.ts";
import { createLook, type LiveOptions, type Look, type Member } from "../../src/live/live.ts";
import type { Sample } from "../../src/live/sampler.ts";
import type { ExporterStatus } from "../../src/live/status.ts";
import type { GroupView } from "../../src/live/view.ts";
import { createEmptyAccount, exit, figuresOf, spend } from "../support/live-groups.ts";

const status: ExporterStatus = {
  ...{ exitsUp: true, exitsDownReason: undefined, exitEventsLost: 0, delayacctEnabled: true, hiddenReason: undefined },
  ...{ execsMissed: undefined, falseWaits: undefined, pods: undefined, privileges: "few", processes: 1, groups: 1 },
};

interface Stage {
  readonly account: Account;
  readonly look: ReturnType<typeof createLook>;
}

/** Two samples of one group, which waited for half the time between them. */
function createStage(options: Partial<LiveOptions> & { readonly failure?: unknown } = {}): Stage {
  const account = createEmptyAccount();
  const history = createHistory(2);
  history.note(figuresOf(account), 100);
  spend(account, "blkio", 2.5);
  exit(account, 256, 5);
  const groups = figuresOf(account);
  history.note(groups, 105);
  const latest: Sample = { groups, at: 5000, next: 7 };
  const look = createLook({
    ...{ version: "1.2.3", hostname: "box", cpus: 2, status: () => status, listMembers: () => new Map() },
    sampler: { latest, failure: options.failure, history },
    ...options,
  });
  return { account, look };
}

function lookAtGroup(stage: Stage): { readonly look: Look; readonly group: GroupView } {
  const look = stage.look();
  const group = look?.view.groups[0];
  if (look === undefined || group === undefined) throw new Error("no look, or no group");
  return { look, group };
}

describe("a look", () => {
  test("is undefined before the first sample", () => {
    const { look } = createStage({ sampler: { latest: undefined, failure: undefined, history: createHistory(2) } });
    expect(look()).toBeUndefined();
  });

  test("is undefined while the exporter is not ready", () => {
    expect(createStage({ status: () => undefined }).look()).toBeUndefined();
  });

  test("has the view of the last sample, which JSON keeps as it is", () => {
    const { look } = createStage();
    const view = look()?.view;
    expect(view).toMatchObject({
      ...{ version: "1.2.3", hostname: "box", cpus: 2, privileges: "few", sampledAt: 5000, span: 5 },
      groups: [{ labels: { groupname: "job" }, run: 0, waits: { blkio: 0.5 }, exits: 1, failed: 1 }],
    });
    expect(view?.conditions.map(({ level }) => level)).toEqual(["good", "good", "good"]);
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });

  test("says when the next sample is due", () => {
    expect(createStage().look()?.nextAt).toBe(5007);
  });

  test("says first that samples fail, so that old figures are not taken for new ones", () => {
    const conditions = createStage({ failure: new Error("no answer") }).look()?.view.conditions;
    expect(conditions?.[0]).toMatchObject({ level: "bad", subject: "Samples" });
    expect(conditions).toHaveLength(4);
  });

  test("does not change when more is billed and counted", () => {
    const { account, look } = createStage();
    const first = look();
    const before = JSON.stringify(first?.view);
    spend(account, "run", 5);
    exit(account, 0, 3);
    expect(JSON.stringify(first?.view)).toBe(before);
  });

  test("plots a group", () => {
    const { look, group } = lookAtGroup(createStage());
    const plot = look.plotOf(group, 180);
    expect([...plot.keys()]).toEqual(["blkio", "exits", "failed"]);
    expect(plot.get("blkio")?.slice(-2)).toEqual([NaN, 0.5]);
  });

  test("has the details of a group: its members, its exits by status, and its last exits", () => {
    const members: readonly Member[] = [{ tgid: 7, comm: "job", reason: "its command" }];
    const listed = new Map<Account, readonly Member[]>();
    const stage = createStage({ listMembers: () => listed });
    const { account } = stage;
    account.recentExits = createRecentExits();
    const identity = { tgid: 9, ppid: 1, comm: "job", atSeconds: 4999, status: 256, lifetimeUs: 50 };
    noteExit(account.recentExits, identity, { process: account.exact, last: account.exact });
    listed.set(account, members);
    const { look, group } = lookAtGroup(stage);
    const details = look.detailsOf(group);
    expect(details).toMatchObject({ members, recentExits: [identity] });
    expect([...details.exits]).toEqual([
      [0, 0],
      [256, 5],
    ]);
  });

  test("has no members for a group whose processes have all exited", () => {
    const { look, group } = lookAtGroup(createStage());
    expect(look.detailsOf(group)).toMatchObject({ members: [], recentExits: [] });
  });
});
