import { expect, test } from "@jest/globals";
import { parseBoolean } from "../../src/yaml/boolean.ts";

test.each(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])("%s is true", (text) => {
  expect(parseBoolean(text)).toBe(true);
});

test.each(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])("%s is false", (text) => {
  expect(parseBoolean(text)).toBe(false);
});

test.each(["", "1", "0", "yEs", "tRUE", "oN", " true", "true\n", "trueish", "untrue", "none", "y,n", "null"])(
  "%j is no boolean",
  (text) => {
    expect(parseBoolean(text)).toBeUndefined();
  },
);
