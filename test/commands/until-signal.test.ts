import { expect, test } from "@jest/globals";
import { untilSignal } from "../../src/commands/until-signal.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

test.each(signals)("%s ends the wait, and the signal is named", async (signal) => {
  const before = new Map(signals.map((name) => [name, process.rawListeners(name)]));
  const ended = untilSignal();
  const added = (name: (typeof signals)[number]) =>
    process.rawListeners(name).filter((listener) => before.get(name)?.includes(listener) === false);
  expect(signals.map((name) => added(name).length)).toEqual([1, 1]);
  for (const listener of added(signal)) listener.call(process, signal);
  expect(await ended).toBe(signal);
  for (const name of signals) added(name).forEach((listener) => process.off(name, listener as () => void));
});
