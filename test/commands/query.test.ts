import { expect, test } from "@jest/globals";
import { formatAnswer, formatAnswerJson, type Answer } from "../../src/commands/query.ts";

const answer: Answer = {
  question: { kind: "pid", id: 7 },
  version: 16,
  bytes: 560,
  comm: "a\u001b[2J",
  fields: [
    { key: "ac_exitcode", value: 0x300, unit: "bits", about: "wait status" },
    { key: "cpu_count", value: 5, unit: "events", about: "waits" },
    { key: "read_bytes", value: 1024, unit: "bytes", about: "bytes read" },
  ],
};

test("a reply is shown in columns, an exit status in words, and no name sends a sequence to the terminal", () => {
  expect(formatAnswer(answer, false)).toBe(
    [
      String.raw`thread 7 (a\x1b[2J): struct version 16, 560 bytes`,
      "ac_exitcode   768         wait status: exited 3",
      "cpu_count       5         waits",
      "read_bytes   1024  bytes  bytes read",
      "",
    ].join("\n"),
  );
});

test("a reply says what the id stands for where it is not what was asked", () => {
  const noted: Answer = { ...answer, note: "7 is a zombie" };
  expect(formatAnswer(noted, false).split("\n")[1]).toBe("note: 7 is a zombie");
  expect(JSON.parse(formatAnswerJson(noted))).toMatchObject({ pid: 7, note: "7 is a zombie" });
});
