import { describe, expect, test } from "@jest/globals";
import { createTopState, pressKey, type TopState } from "../../../src/commands/top/state.ts";
import { sortKeys } from "../../../src/live/view.ts";

const start = createTopState("busy");
const press = (state: TopState, ...keys: readonly string[]): TopState =>
  keys.reduce((now, key) => pressKey(now, key, 10).state, state);

describe("the key", () => {
  test.each(["q", "Q", "ctrl-c"])("%s quits", (key) => {
    expect(pressKey(start, key, 10).action).toBe("quit");
  });

  test("ctrl-z suspends, and ctrl-l paints again", () => {
    expect([pressKey(start, "ctrl-z", 10).action, pressKey(start, "ctrl-l", 10).action]).toEqual([
      "suspend",
      "repaint",
    ]);
  });

  test("s takes the next sort key, and S the one before, in a circle", () => {
    expect(press(start, "s").sort).toBe("run");
    expect(press(start, "S").sort).toBe("name");
    expect(press(start, "right", "right", "left").sort).toBe("run");
    expect(press(start, ...sortKeys.map(() => "s")).sort).toBe("busy");
  });

  test("p pauses and goes on", () => {
    expect([press(start, "p").paused, press(start, "p", " ").paused]).toEqual([true, false]);
  });

  test("h shows the help and hides it, as Esc does", () => {
    expect([press(start, "h").help, press(start, "?", "h").help, press(start, "h", "escape").help]).toEqual([
      ...[true, false, false],
    ]);
  });

  test("/ begins a filter: letters go into it until Enter, and Esc shows all again", () => {
    expect(press(start, "/", "q", "s", "\u00fc", "backspace")).toMatchObject({
      filter: "qs",
      typing: true,
      sort: "busy",
    });
    const filtered = press(start, "/", "d", "b", "up", "enter");
    expect(filtered).toMatchObject({ filter: "db", typing: false });
    expect(press(filtered, "escape").filter).toBe("");
    expect(press(start, "/", "d", "escape")).toMatchObject({ filter: "", typing: false });
  });

  test("ctrl-c quits while a filter is typed", () => {
    expect(pressKey(press(start, "/"), "ctrl-c", 10).action).toBe("quit");
  });

  test("down and page-down move in the table, and a new order begins at its top", () => {
    expect(press(start, "down", "page-down", "up").offset).toBe(10);
    expect(press(start, "up", "page-up").offset).toBe(0);
    expect([press(start, "page-down", "s").offset, press(start, "page-down", "home").offset]).toEqual([0, 0]);
  });

  test("of no meaning changes nothing, also one that objects have a property of", () => {
    for (const key of ["x", "constructor", "__proto__", "toString"])
      expect(pressKey(start, key, 10)).toEqual({ state: start });
  });
});

test("a filter does not grow without end", () => {
  expect(press(start, "/", ...Array.from({ length: 500 }, () => "x")).filter).toHaveLength(200);
});
