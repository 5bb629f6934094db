import { expect, test } from "@jest/globals";
import { isColourTerminal } from "../../src/terminal/colour.ts";

test.each<[boolean, boolean | undefined, Record<string, string>]>([
  [true, true, { TERM: "xterm-256color" }],
  [true, true, {}],
  [false, true, { TERM: "dumb" }],
  [false, false, { TERM: "xterm" }],
  [false, undefined, { TERM: "xterm" }],
  [false, true, { NO_COLOR: "1" }],
  [false, true, { NO_COLOR: "0" }],
  [true, true, { NO_COLOR: "" }],
  [true, undefined, { FORCE_COLOR: "1", TERM: "dumb" }],
  [true, false, { FORCE_COLOR: "true" }],
  [false, true, { FORCE_COLOR: "0" }],
  [false, true, { FORCE_COLOR: "false" }],
  [true, true, { FORCE_COLOR: "" }],
  [false, true, { FORCE_COLOR: "1", NO_COLOR: "1" }],
])("colours are %s for isTTY %s under %j", (expected, isTTY, env) => {
  expect(isColourTerminal(isTTY === undefined ? {} : { isTTY }, env)).toBe(expected);
});
