import { expect, test } from "@jest/globals";
import { nameProgram } from "../../src/arguments/program-name.ts";

test.each([
  ["/home/a/clone/dist/main.js", "/home/a/clone", "node dist/main.js"],
  ["/home/a/clone/dist/main.js", "/tmp", "node /home/a/clone/dist/main.js"],
  ["/home/a b/dist/main.js", "/tmp", 'node "/home/a b/dist/main.js"'],
  ["/home/a/clone/src/main.ts", "/home/a/clone", "npx tsx src/main.ts"],
  ["/usr/local/bin/taskstats-exporter", "/tmp", "taskstats-exporter"],
  [undefined, "/tmp", "taskstats-exporter"],
])("the script %s in the directory %s gives the command %s", (script, directory, name) =>
  expect(nameProgram(script, directory)).toBe(name),
);
