import { describe, expect, test } from "@jest/globals";
import { describeTotals, describeWorst, renderHead } from "../../../src/commands/top/head.ts";
import type { Condition } from "../../../src/live/status.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";

const bad: Condition = { level: "bad", subject: "Delay accounting", text: "is off", remedy: "sysctl -w x=1" };
const warning: Condition = { level: "warning", subject: "Exit events", text: "were lost" };
const job = groupViewOf("job", { processes: 3, run: 0.5, waits: { blkio: 2 }, exits: 4, failed: 1 });
const options = { width: 80, colour: false, origin: "Exporter: http://box/", mostLines: 4 };

describe("the lines above the table", () => {
  test("name the machine, the totals and where the figures come from", () => {
    expect(renderHead(liveViewOf([job, groupViewOf("idle")]), options)).toEqual([
      "box: 2 CPUs, 4 processes in 2 groups, rates of 5.00 s",
      "waits for a disk 2.00, runs on a CPU 0.50; 4.00 exits/s, 1.00 failed/s",
      "Exporter: http://box/",
    ]);
  });

  test("say so where there are no rates yet, and know one from many", () => {
    const view = liveViewOf([groupViewOf("one")], { cpus: 1, span: undefined });
    expect(renderHead(view, options)[0]).toBe("box: 1 CPU, 1 process in 1 group, rates come with the next sample");
  });

  test("have the worst condition, wrapped, in its colour", () => {
    const view = liveViewOf([], { conditions: [bad] });
    const lines = renderHead(view, { ...options, width: 24, colour: true }).slice(3);
    expect(lines).toEqual([
      "\u001b[31mBad: Delay accounting is\u001b[39m",
      "\u001b[31moff. What to do: sysctl\u001b[39m",
      "\u001b[31m-w x=1.\u001b[39m",
    ]);
    const warned = renderHead(liveViewOf([], { conditions: [warning] }), { ...options, colour: true });
    expect(warned[3]).toBe("\u001b[33mWarning: Exit events were lost.\u001b[39m");
  });

  test("cut off what does not fit, also a condition that takes too many lines", () => {
    const view = liveViewOf([job], { hostname: "h\u001b[2J".repeat(20), conditions: [bad] });
    const lines = renderHead(view, { ...options, width: 24, mostLines: 1 });
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.length)).toEqual([24, 24, 21, 24]);
    expect(lines.join("")).not.toContain("\u001b");
  });
});

test("the totals have running also where nothing runs", () => {
  expect(describeTotals({ groups: [] })).toBe("runs on a CPU 0; 0 exits/s, 0 failed/s");
});

test("the worst condition is a bad one, and others are counted", () => {
  expect(describeWorst([warning, bad])).toBe("Bad: Delay accounting is off. What to do: sysctl -w x=1. And 1 more.");
  expect(describeWorst([{ ...bad, level: "good" }])).toBeUndefined();
});
