import { describe, expect, test } from "@jest/globals";
import { renderScreen, renderTable, type ScreenOptions } from "../../../src/commands/top/screen.ts";
import { createTopState, type TopState } from "../../../src/commands/top/state.ts";
import { widthOf } from "../../../src/terminal/width.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";

const groups = Array.from({ length: 40 }, (_, index) => groupViewOf(`g${index}`, { run: index / 100 }));
const view = liveViewOf(groups);
const small: ScreenOptions = { width: 40, height: 12, colour: false, depth: 0, origin: "Exporter: here" };
const state = createTopState("busy");

const screenOf = (more: Partial<TopState> = {}, options: ScreenOptions = small): readonly string[] =>
  renderScreen(view, { ...state, ...more }, options).lines;

describe("a screen", () => {
  test("has the busiest groups first, and counts those that do not fit", () => {
    const lines = screenOf();
    expect(lines).toHaveLength(12);
    expect(lines.slice(3, 6).map((line) => line.split(" ")[0])).toEqual(["GROUP", "g39", "g38"]);
    expect(lines.at(-1)).toBe("and 33 more; by busy (h for help)");
  });

  test("is sorted by another key where the state says so", () => {
    expect(screenOf({ sort: "name" })[4]).toMatch(/^g0 /);
  });

  test("moves in the table, but not beyond its end", () => {
    expect(screenOf({ offset: 2 })[4]).toMatch(/^g37 /);
    const { lines, offset, page } = renderScreen(view, { ...state, offset: 1000 }, small);
    expect([offset, page, lines.at(-1)]).toEqual([33, 7, "33 above; by busy (h for help)"]);
  });

  test("shows groups with the filter's text only", () => {
    const lines = screenOf({ filter: "G3" });
    expect(lines.at(-1)).toBe('and 4 more; by busy, groups with "G3" (~');
    expect(screenOf({ filter: "none" })).toHaveLength(5);
    expect(screenOf({ filter: "g\u001b", typing: true }).at(-1)).toBe("Show groups with: g\\x1b_");
  });

  test("says that it is paused", () => {
    expect(screenOf({ paused: true }).at(-1)).toBe("and 33 more; paused, by busy (h for help)".slice(0, 39) + "~");
  });

  test("has the help in place of the table", () => {
    const lines = screenOf({ help: true });
    expect([lines.length, lines.at(-1)]).toEqual([12, "h for the table"]);
    expect(lines.join("\n")).not.toContain("GROUP");
  });

  test("never has more lines or columns than the terminal, whatever its size and the names", () => {
    const hostile = liveViewOf([...groups, groupViewOf("\u001b[2J\n\u6f22".repeat(50), { exits: 1e9 })], {
      conditions: [{ level: "bad", subject: "s".repeat(90), text: "t ".repeat(200), remedy: "r\u0007" }],
    });
    for (const [width, height] of [
      [40, 12],
      [80, 24],
      [200, 50],
      [1, 1],
      [3, 2],
      [20, 5],
      [1000, 3],
    ] as const)
      for (const help of [false, true]) {
        const { lines } = renderScreen(hostile, { ...state, help }, { ...small, width, height });
        expect([width, height, lines.length <= height]).toEqual([width, height, true]);
        for (const line of lines) {
          expect([line, widthOf(line) <= width]).toEqual([line, true]);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }
  });
});

test("a table that is printed has all groups below its head", () => {
  const { width, ...options } = { ...small, width: undefined };
  const lines = renderTable(view, { ...options, width, sort: "run" }).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "box: 2 CPUs, 40 processes in 40 groups, rates of 5.00 s",
    "runs on a CPU 7.80; 0 exits/s, 0 failed/s",
    "Exporter: here",
  ]);
  expect(lines).toHaveLength(3 + 2 + 40 + 1);
  expect(lines[5]).toMatch(/^g39 /);
});
