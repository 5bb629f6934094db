import { describe, expect, test } from "@jest/globals";
import { createRows, mainWaitOf } from "../../../src/commands/top/rows.ts";
import { widthOf } from "../../../src/terminal/width.ts";
import { groupViewOf } from "../../support/live-groups.ts";

const job = groupViewOf("job", { processes: 3, run: 1, waits: { cpu: 0.5, blkio: 2.5 }, exits: 4, failed: 3 });
const idle = groupViewOf("idle");

const plain = { colour: false, depth: 0 } as const;

describe("the lines of groups", () => {
  test("have all columns where there is room", () => {
    const { header, write } = createRows([job, idle], { ...plain, width: 110 });
    expect([header, write(job), write(idle)]).toEqual([
      "GROUP         PROCS    RUN   WAIT                              MAIN WAIT                     EXITS/s  FAILED/s",
      "job               3   1.00   3.00  RRRRRRRCCCBBBBBBBBBBBBBBBB  waits for a disk                 4.00      3.00",
      "idle              1      0      0                                                                  0         0",
    ]);
  });

  test("have what is most important where there is not", () => {
    const { header, write } = createRows([job], { ...plain, width: 40 });
    expect([header, write(job)]).toEqual([
      "GROUP           RUN   WAIT  EXITS/s",
      "job            1.00   3.00     4.00",
    ]);
  });

  test("are as wide as they need where there is no terminal, and no name is cut", () => {
    const name = "n".repeat(150);
    const { write } = createRows([groupViewOf(name)], { ...plain, width: undefined });
    expect(write(groupViewOf(name))).toMatch(new RegExp(`^${name} +1 +0`));
  });

  test("show failed exits in red, and titles in bold", () => {
    const { header, write } = createRows([job, idle], { width: 80, colour: true, depth: 0 });
    expect(write(job)).toContain("\u001b[31m    3.00\u001b[39m");
    expect(write(idle)).not.toContain("\u001b");
    expect(header).toMatch(/^\u001b\[1m.*\u001b\[22m$/);
  });

  test("escape names and measure wide characters, so that columns stay where they are", () => {
    const names = ["\u001b[2J\u001b[31m", "\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57", "plain", "x\n\t\u202e"];
    const groups = names.map((name) => groupViewOf(name, { exits: 1.5 }));
    const { write } = createRows(groups, { ...plain, width: 40 });
    for (const group of groups) {
      expect(write(group)).not.toMatch(/[\p{Cc}\u202e]/u);
      expect([write(group), widthOf(write(group))]).toEqual([
        write(group),
        widthOf(write(groupViewOf("plain", { exits: 1.5 }))),
      ]);
    }
  });
});

test("the main wait is the longest, and none where nothing waits", () => {
  expect([mainWaitOf(job), mainWaitOf(idle), mainWaitOf({ waits: { irq: 1, cpu: 1 } })]).toEqual([
    "blkio",
    undefined,
    "cpu",
  ]);
});
