import { describe, expect, test } from "@jest/globals";
import { parseArguments } from "../../src/arguments/parse.ts";
import { flags, type FlagRow } from "../../src/flags.ts";

const rows = Object.entries(flags as Readonly<Record<string, FlagRow>>);

describe("each flag", () => {
  test.each(rows.filter(([, { repeat }]) => repeat !== true))(
    "%s is refused when it is given twice",
    (name, { kind }) => {
      const one = kind === "switch" ? `--${name}` : `--${name}=1`;
      expect(() => parseArguments([one, one])).toThrow(`FLAG_VALUE at --${name}: want to be given once, got it twice`);
    },
  );

  test.each(rows.filter(([, { kind }]) => kind !== "switch"))("%s is refused with an empty value", (name) => {
    expect(() => parseArguments([`--${name}=`])).toThrow(`FLAG_VALUE at --${name}: want a value, got an empty one`);
    expect(() => parseArguments([`--${name}`, ""])).toThrow("got an empty one");
  });

  test.each(rows.filter(([, { kind }]) => kind !== "switch"))("%s is refused without a value", (name) => {
    expect(() => parseArguments([`--${name}`])).toThrow(`FLAG_VALUE at --${name}: want a value, got none`);
  });

  test.each(rows.filter(([, { kind }]) => kind === "switch"))(
    "%s is refused with a value, and the error shows its two forms",
    (name) => {
      const remedy = `FLAG_VALUE at --${name}: want no value, since it is a switch, got one; give --${name} for yes, --no-`;
      expect(() => parseArguments([`--${name}=false`])).toThrow(remedy);
    },
  );

  test.each(rows)("%s with one dash is refused, and the error shows it with two", (name) => {
    expect(() => parseArguments([`-${name}`])).toThrow(`flags follow two dashes: --${name}`);
  });
});

describe("a flag", () => {
  test("that is misspelled is refused, and the error suggests the right one", () => {
    expect(() => parseArguments(["--log.levl=debug"])).toThrow("got --log.levl; did you mean --log.level?");
    expect(() => parseArguments(["--web.config=x"])).toThrow("did you mean --web.config.file?");
  });

  test("may have its value after a space, and a short form of one letter", () => {
    expect(parseArguments(["--log.level", "debug", "-h"]).values).toEqual({ "log.level": "debug", help: true });
    expect(parseArguments(["-v"]).values).toEqual({ version: true });
  });

  test("that may be repeated gives a list", () => {
    expect(parseArguments(["--web.listen-address=:1", "--web.listen-address=:2"]).values).toEqual({
      "web.listen-address": [":1", ":2"],
    });
  });

  test("is refused in both of its forms together, since one of them would do nothing", () => {
    expect(() => parseArguments(["--exits.enabled", "--no-exits.enabled"])).toThrow("got it twice");
  });

  test("that takes a value has no opposite", () => {
    expect(() => parseArguments(["--no-log.level"])).toThrow(/FLAG_UNKNOWN.*got --no-log.level/);
  });
});

test("words are separated from flags", () => {
  expect(parseArguments(["check-config", "a.yaml", "--json"])).toEqual({
    values: { json: true },
    words: ["check-config", "a.yaml"],
  });
});
