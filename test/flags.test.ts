import { expect, test } from "@jest/globals";
import { commands, flags, formatHelp, type FlagRow } from "../src/flags.ts";

const rows = Object.entries(flags as Readonly<Record<string, FlagRow>>);
const lines = formatHelp("node dist/main.js").split("\n");

/** The line of the help that names a flag, and the one below it, which explains it. */
function entryOf(name: string): readonly [flag: string, help: string] {
  const form = new RegExp(`^ {2}(-\\w, )?--(\\[no-\\])?${name.replaceAll(".", "\\.")}(=| |$)`);
  const at = lines.findIndex((line) => form.test(line));
  return [lines[at]?.trim() ?? "", lines[at + 1]?.trim() ?? ""];
}

test("the help explains every flag", () => {
  for (const [name, { help }] of rows) expect([name, entryOf(name)[1].startsWith(help)]).toEqual([name, true]);
});

test("the help shows every command as it is typed", () => {
  for (const command of commands.slice(1)) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  node dist/main\\.js ${command}( |$)`)));
  }
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}node dist\/main\.js \[flags\] +serve$/));
});

test("the help shows the default of a value, and none where there is none", () => {
  expect(entryOf("discovery.interval")).toEqual([
    "--discovery.interval=DURATION",
    "How often /proc is searched for new processes. Default: 5s.",
  ]);
  expect(entryOf("exits.receive-buffer")[1]).toMatch(/ Default: 32MiB\.$/);
  expect(entryOf("config.file")[1]).not.toContain("Default");
});

test("the help shows that a switch which is on can be turned off", () => {
  expect(entryOf("exits.enabled")[0]).toBe("--[no-]exits.enabled");
  expect(entryOf("kernel-threads")[0]).toBe("--kernel-threads");
});

test("the help names the commands of a flag that serving does not take, and the short form of a flag", () => {
  expect(entryOf("pid")[0]).toBe("--pid=N (query, explain)");
  expect(entryOf("help")[0]).toBe("-h, --help");
});

test("the default of a switch is a boolean, that of any other flag a text", () => {
  for (const [name, { kind, fallback }] of rows) {
    expect([name, typeof fallback]).toEqual([name, kind === "switch" ? "boolean" : "string"]);
  }
});

test("no two flags have the same short form", () => {
  const shorts = rows.flatMap(([, { short }]) => short ?? []);
  expect(new Set(shorts).size).toBe(shorts.length);
});
