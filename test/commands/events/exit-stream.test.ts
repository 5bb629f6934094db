/** The stream of `events`: what is told in its place, for a reader of any speed. */

import { expect, test } from "@jest/globals";
import type { ProcessExit } from "../../../src/account/recent-exits.ts";
import { createProcess } from "../../../src/collect/groups/process.ts";
import { createAccount } from "../../../src/account/account.ts";
import type { ExitFormat } from "../../../src/commands/events/exit-format.ts";
import { createExitStream, type ExitStreamOptions } from "../../../src/commands/events/exit-stream.ts";
import type { Sink } from "../../../src/output/line-writer.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Lines of ten characters each, so that the room is a number of lines. */
const lineOf = (text: string): string => `${text.padEnd(9)}\n`;
const format: ExitFormat = {
  header: lineOf("header"),
  formatExit: (_labels, { tgid }) => lineOf(`exit ${tgid}`),
  formatLost: (count) => lineOf(`lost ${count}`),
  formatNotShown: (count) => lineOf(`not ${count}`),
  formatInterrupted: (reason) => lineOf(`int ${reason}`),
  formatResumed: () => lineOf("resumed"),
};

const shown = { groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined };
const exit: ProcessExit = {
  ...{ tgid: 1, ppid: 1, comm: "a", atSeconds: 0, status: 0, lifetimeUs: 1, runNs: 1 },
  ...{ longestWait: undefined, maxRssKib: 1 },
};
const labelled = (labels: Readonly<Record<string, string>>) =>
  createProcess(1, { labels, ruleLabels: {}, account: createAccount([]) });
const web = labelled({ groupname: "web" });

/** A stream whose reader takes what is written when `read` is called. */
function setUp(options: Partial<ExitStreamOptions> = {}) {
  let text = "";
  const answers: Parameters<Sink>[1][] = [];
  const sink: Sink = (piece, done) => {
    text += piece;
    answers.push(done);
  };
  const stream = createExitStream({ sink, format, shown, ...options });
  async function read(error?: Error): Promise<readonly string[]> {
    await turn();
    do {
      answers.shift()?.(error === undefined, error);
      await turn();
    } while (answers.length > 0);
    return text
      .split("\n")
      .map((line) => line.trim())
      .slice(0, -1);
  }
  const exits = (...tgids: readonly number[]): void =>
    tgids.forEach((tgid) => stream.hooks.onExit(web, { ...exit, tgid }));
  return { stream, read, exits };
}

test("exits and losses are told in the order in which they come, below one header", async () => {
  const { stream, read, exits } = setUp();
  exits(1, 2);
  stream.hooks.onLost(12);
  exits(3);
  stream.begin();
  expect(await read()).toEqual(["header", "exit 1", "exit 2", "lost 12", "exit 3"]);
});

test("the header is there before the first exit, and not at all where the format has none", async () => {
  const { stream, read } = setUp();
  stream.begin();
  expect(await read()).toEqual(["header"]);
  const bare = setUp({ format: { ...format, header: undefined } });
  bare.stream.begin();
  bare.exits(1);
  expect(await bare.read()).toEqual(["exit 1"]);
});

test("the header comes again after as many lines as the screen has, whose size may change", async () => {
  let rows = 2;
  const { read, exits } = setUp({ headerEvery: () => rows });
  exits(1, 2, 3);
  rows = 9;
  exits(4, 5);
  expect(await read()).toEqual(["header", "exit 1", "exit 2", "header", "exit 3", "exit 4", "exit 5"]);
});

test("exits that are filtered out, or in a group on no page, are not shown; a loss is always told", async () => {
  const { stream, read, exits } = setUp({ shown: { ...shown, groups: ["db"] } });
  exits(1);
  stream.hooks.onExit(labelled({ groupname: "db" }), { ...exit, tgid: 2 });
  stream.hooks.onExit(labelled({}), { ...exit, tgid: 3 });
  stream.hooks.onLost(1);
  expect(await read()).toEqual(["header", "exit 2", "lost 1"]);
});

test("exits for which the reader is too slow are counted and told in their place, and losses among them too", async () => {
  const { stream, read, exits } = setUp({ mostWaiting: 40 });
  exits(1, 2, 3, 4, 5);
  stream.hooks.onLost(7);
  exits(6);
  stream.hooks.onLost(8);
  expect(await read()).toEqual(["header", "exit 1", "exit 2", "exit 3", "not 3", "lost 15"]);
  exits(7);
  expect((await read()).at(-1)).toBe("exit 7");
});

test("what is filtered out is not counted as not shown", async () => {
  const { stream, read, exits } = setUp({ mostWaiting: 20, shown: { ...shown, groups: ["web"] } });
  exits(1, 2);
  stream.hooks.onExit(labelled({ groupname: "db" }), exit);
  expect(await read()).toEqual(["header", "exit 1", "not 1"]);
});

test("an interruption and its end are told in their place", async () => {
  const { stream, read, exits } = setUp();
  exits(1);
  stream.hooks.onInterrupted(new Error("why"));
  stream.hooks.onResumed();
  exits(2);
  expect(await read()).toEqual(["header", "exit 1", "int why", "resumed", "exit 2"]);
});

test("an interruption for which there is no room is told when there is", async () => {
  const { stream, read, exits } = setUp({ mostWaiting: 20 });
  exits(1, 2);
  stream.hooks.onInterrupted("why");
  expect(await read()).toEqual(["header", "exit 1", "not 1", "int why"]);
  stream.hooks.onResumed();
  expect((await read()).at(-1)).toBe("resumed");
});

test("the end waits for the reader, and says how many lines he has not had", async () => {
  const { stream, read, exits } = setUp({ mostWaiting: 30 });
  exits(1, 2, 3, 4);
  expect(await stream.end(1)).toBe(3 + 2);
  const ended = stream.end(60_000);
  await read();
  expect(await ended).toBe(0);
});

test("a failure of the output is reported", async () => {
  const { stream, read, exits } = setUp();
  exits(1);
  await read(new Error("full"));
  expect((await stream.failure).message).toBe("full");
});
