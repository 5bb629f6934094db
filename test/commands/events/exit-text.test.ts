/** The lines of `events` for people. */

import { expect, test } from "@jest/globals";
import type { ProcessExit } from "../../../src/account/recent-exits.ts";
import { createExitText, formatTimeOfDay } from "../../../src/commands/events/exit-text.ts";
import { widthOf } from "../../../src/terminal/width.ts";

const noon = new Date(2026, 10, 29, 12, 0, 1, 5).getTime() / 1000;

const exit: ProcessExit = {
  tgid: 4711,
  ppid: 812,
  comm: "worker",
  atSeconds: noon,
  status: 0,
  lifetimeUs: 11_100_000_000,
  runNs: 12_400_000,
  longestWait: { kind: "blkio", ns: 12_000_000 },
  maxRssKib: 4300,
};

const plain = createExitText(false);
const lineOf = (change: Partial<ProcessExit> = {}, labels: Readonly<Record<string, string>> = { groupname: "web" }) =>
  plain.formatExit(labels, { ...exit, ...change });

test("an exit is one line below the titles", () => {
  const at = "12:00:01.005";
  expect(`${plain.header ?? ""}${lineOf()}${lineOf({ status: 0x8b, longestWait: undefined })}`).toBe(
    [
      "TIME          GROUP                 PID   PARENT  COMMAND          HOW                LIFETIME          CPU  LONGEST WAIT      PEAK MEMORY",
      `${at}  web                  4711      812  worker           exit 0           3 h 05 min        12 ms  blkio 12 ms           4.2 MiB`,
      `${at}  web                  4711      812  worker           SIGSEGV dumped   3 h 05 min        12 ms  -                     4.2 MiB`,
      "",
    ].join("\n"),
  );
});

test.each([
  [0, "exit 0", "\u001b[2mexit 0\u001b[22m"],
  [0x0300, "exit 3", "\u001b[31mexit 3\u001b[39m"],
  [15, "SIGTERM", "\u001b[31mSIGTERM\u001b[39m"],
  [0x86, "SIGABRT dumped", "\u001b[31mSIGABRT dumped\u001b[39m"],
])("the wait status %d is shown as '%s', in its colour on a terminal", (status, text, coloured) => {
  expect(lineOf({ status })).toContain(`  ${text}  `);
  expect(createExitText(true).formatExit({ groupname: "web" }, { ...exit, status })).toContain(`  ${coloured}  `);
});

test("a group with other labels shows them, and the line still has all that follows", () => {
  const line = lineOf({}, { groupname: "web", pod: "web-1", namespace: "shop" });
  expect(line).toContain("  web pod=web-1 namespace=shop  4711  812  worker      exit 0           3 h 05 min  ");
  expect(line.replace("web pod=web-1 namespace=shop", "web").replaceAll(/ +/g, " ")).toBe(
    lineOf().replaceAll(/ +/g, " "),
  );
});

test("a figure that is not known is a dash", () => {
  expect(lineOf({ runNs: NaN, maxRssKib: NaN })).toMatch(/ 3 h 05 min {12}- {2}blkio 12 ms {17}-\n$/);
});

test("names of others cannot control the terminal, and wide ones keep the columns", () => {
  const evil = lineOf({ comm: "a\u001b[2J\n" }, { groupname: "\u202eb" });
  expect(evil).toContain(String.raw`\u{202e}b`);
  expect(evil).toContain(String.raw`a\x1b[2J\x0a`);
  expect(evil.trimEnd()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(widthOf(lineOf({ comm: "日本" }).trimEnd())).toBe(widthOf(lineOf().trimEnd()));
});

test("the time is that of the day where the program runs, to the millisecond", () => {
  expect(formatTimeOfDay(new Date(2026, 0, 2, 3, 4, 5, 678).getTime() / 1000)).toBe("03:04:05.678");
  expect(formatTimeOfDay(new Date(2026, 0, 2, 3, 4, 59, 999).getTime() / 1000 + 0.0006)).toBe("03:05:00.000");
});

test("what is missing is told in a line of its own, in red or yellow on a terminal", () => {
  expect(plain.formatLost(12)).toBe(
    "-- 12 exit events of threads were lost here: the receive buffer was full (raise --exits.receive-buffer) --\n",
  );
  expect(plain.formatLost(1)).toMatch(/^-- 1 exit event of a thread was lost here: /);
  expect(plain.formatNotShown(1234)).toBe("-- 1234 exits are not shown: the reader is too slow --\n");
  expect(plain.formatNotShown(1)).toBe("-- 1 exit is not shown: the reader is too slow --\n");
  expect(plain.formatInterrupted("A\nB")).toBe(String.raw`-- exit events cannot be received: A\x0aB --` + "\n");
  expect(plain.formatResumed()).toBe("-- exit events are received again; how many were lost is not known --\n");
  const coloured = createExitText(true);
  expect(coloured.formatLost(1)).toMatch(/^\u001b\[31m-- .* --\u001b\[39m\n$/);
  expect(coloured.formatNotShown(1)).toMatch(/^\u001b\[33m-- .* --\u001b\[39m\n$/);
});
