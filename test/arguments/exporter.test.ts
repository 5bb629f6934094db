import { describe, expect, test } from "@jest/globals";
import { parseCommandLine } from "../../src/cli.ts";

const top = (...flags: readonly string[]): ReturnType<typeof parseCommandLine> => parseCommandLine(["top", ...flags]);

describe("the exporter that top asks", () => {
  test("is an address of http or https, with a user and a path where it has them", () => {
    expect(top("--exporter=https://me:secret@box:1/node/").exporter?.href).toBe("https://me:secret@box:1/node/");
    expect(top().exporter).toBeUndefined();
  });

  test.each(["box:10275", "ftp://box/", "/run/sock", "http://"])("cannot be %j", (text) => {
    expect(() => top(`--exporter=${text}`)).toThrow(/FLAG_VALUE at --exporter: want an address such as/);
  });

  test("is not named beside flags that say how to collect", () => {
    expect(() => top("--exporter=http://box/", "--delay=1s")).toThrow(
      /FLAG_VALUE at --exporter: want no --delay besides, got both/,
    );
    expect(top("--exporter=http://box/", "--sort=exits", "--once", "--json")).toMatchObject({
      ...{ sort: "exits", once: true, json: true, collectsItself: false },
    });
  });
});

test("top collects itself where flags say how, and only then", () => {
  for (const flag of ["--config.file=x", "--delay=1s", "--no-children", "--path.procfs=/p", "--kernel-threads"])
    expect([flag, top(flag).collectsItself]).toEqual([flag, true]);
  for (const flag of ["--sort=run", "--once", "--json", "--log.level=debug", "--harden=off"])
    expect([flag, top(flag).collectsItself]).toEqual([flag, false]);
});

test("top samples each half second at the most, is silent but for errors, and reads no states", () => {
  expect(() => top("--delay=499ms")).toThrow(/FLAG_VALUE at --delay: .*from 500ms/);
  expect(top("--delay=500ms")).toMatchObject({ delayMs: 500, logLevel: "error", stateCollectors: new Set() });
  expect(top("--log.level=debug").logLevel).toBe("debug");
  expect(() => top("--sort=size")).toThrow(/FLAG_VALUE at --sort: want busy or run or /);
});
