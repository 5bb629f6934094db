import { expect, test } from "@jest/globals";
import { parseCommandLine } from "../../src/cli.ts";

const shown = (...args: readonly string[]) => parseCommandLine(["events", ...args]).shownExits;

test("without a flag nothing is left out", () => {
  expect(shown()).toEqual({ groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined });
});

test("groups and codes may be repeated, and lifetimes have units", () => {
  expect(
    shown(
      "--group=a",
      "--group=b*",
      "--code=failed",
      "--code=SIGKILL",
      "--code=3",
      "--min-lifetime=0",
      "--max-lifetime=400d",
    ),
  ).toEqual({
    groups: ["a", "b*"],
    codes: ["failed", "SIGKILL", "3"],
    minLifetimeMs: 0,
    maxLifetimeMs: 400 * 86_400_000,
  });
});

test.each([
  [["--code=256"], /FLAG_VALUE at --code: want an exit code from 0 to 255, .*SIGKILL, or failed, got "256"/],
  [["--code=kill"], /got "kill"/],
  [["--code=0", "--code=03"], /FLAG_VALUE at --code: .*got "03"/],
  [["--min-lifetime=5"], /FLAG_VALUE at --min-lifetime: want a duration such as 500ms, 5s or 1m30s, got "5"/],
  [["--max-lifetime=0.5ms"], /FLAG_VALUE at --max-lifetime/],
  [
    ["--min-lifetime=2s", "--max-lifetime=1s"],
    /FLAG_VALUE at --max-lifetime: want no less than --min-lifetime, got "1s"/,
  ],
  [["--group="], /FLAG_VALUE at --group: want a value, got an empty one/],
  [["--min-lifetime=1s", "--min-lifetime=2s"], /want to be given once/],
])("%j is refused", (args, message) => {
  expect(() => shown(...args)).toThrow(message);
});
