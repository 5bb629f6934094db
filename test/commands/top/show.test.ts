import { describe, expect, test } from "@jest/globals";
import { showTop } from "../../../src/commands/top/show.ts";
import type { TerminalListeners } from "../../../src/commands/top/terminal.ts";
import type { LiveView } from "../../../src/live/view.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const viewOf = (name: string): LiveView => liveViewOf([groupViewOf(name, { run: 1 }), groupViewOf("x", { exits: 1 })]);

interface Stage {
  readonly over: Promise<void>;
  /** The screens that were painted, as texts. */
  readonly screens: string[];
  readonly told: string[];
  readonly size: { width: number; height: number };
  readonly listeners: () => TerminalListeners;
  give(view: LiveView | Error): Promise<void>;
  press(...keys: readonly string[]): void;
}

function start(): Stage {
  const screens: string[] = [];
  const told: string[] = [];
  const size = { width: 80, height: 24 };
  let listeners: TerminalListeners | undefined;
  let settle: { resolve: (view: LiveView) => void; reject: (error: unknown) => void } | undefined;
  const over = showTop({
    ...{ sort: "busy", colour: false, depth: 0 },
    source: {
      ...{ origin: "Exporter: here", stop: () => undefined },
      next: () => new Promise((resolve, reject) => (settle = { resolve, reject })),
    },
    open(given) {
      listeners = given;
      told.push("open");
      return {
        size,
        paint: (lines) => void screens.push(lines.join("\n")),
        suspend: () => void told.push("suspend"),
        close: () => Promise.resolve(void told.push("close")),
      };
    },
  });
  over.catch(() => undefined);
  const getListeners = (): TerminalListeners => listeners as TerminalListeners;
  return {
    ...{ over, screens, told, size, listeners: getListeners },
    async give(view) {
      if (view instanceof Error) settle?.reject(view);
      else settle?.resolve(view);
      await pause();
    },
    press: (...keys) => keys.forEach((key) => getListeners().onKey(key)),
  };
}

describe("top on a screen", () => {
  test("shows each view as it comes, and ends with a key", async () => {
    const { give, press, screens, told, over } = start();
    await give(viewOf("first"));
    await give(viewOf("second"));
    expect(screens.map((screen) => /first|second/.exec(screen)?.[0])).toEqual(["first", "second"]);
    press("q");
    await over;
    expect(told).toEqual(["open", "close"]);
  });

  test("leaves the terminal as it is where there is no first view", async () => {
    const { give, told, over } = start();
    await give(new Error("no root"));
    await expect(over).rejects.toThrow("no root");
    expect(told).toEqual([]);
  });

  test("gives the terminal back when there are no more views, and throws why", async () => {
    const { give, told, over } = start();
    await give(viewOf("first"));
    await give(new Error("killed"));
    await expect(over).rejects.toThrow("killed");
    expect(told).toEqual(["open", "close"]);
  });

  test("ends with a signal", async () => {
    const { give, listeners, over, told } = start();
    await give(viewOf("first"));
    listeners().onEnd();
    await over;
    expect(told).toEqual(["open", "close"]);
  });

  test("stands still while it is paused, and shows the last view afterwards", async () => {
    const { give, press, screens } = start();
    await give(viewOf("first"));
    press("p");
    await give(viewOf("second"));
    expect(screens.at(-1)).toMatch(/first[^]*paused/);
    press("s");
    expect(screens.at(-1)).toMatch(/first[^]*by run/);
    press("p");
    expect(screens.at(-1)).toContain("second");
  });

  test("sorts by the key that is chosen, and is painted again in the new size of the terminal", async () => {
    const { give, press, screens, size, listeners } = start();
    await give(viewOf("first"));
    press("S", "S");
    expect(screens.at(-1)).toMatch(/by failed/);
    Object.assign(size, { width: 40, height: 12 });
    listeners().onRepaint();
    const lines = screens.at(-1)?.split("\n") ?? [];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test("suspends itself with Ctrl-Z", async () => {
    const { give, press, told } = start();
    await give(viewOf("first"));
    press("ctrl-z");
    expect(told).toEqual(["open", "suspend"]);
  });
});
