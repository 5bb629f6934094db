import { expect, test } from "@jest/globals";
import { formatAnswer, formatAnswerJson, query, type Answer } from "../../src/commands/query.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";

const answer: Answer = {
  question: { kind: "pid", id: 7 },
  version: 16,
  bytes: 560,
  comm: "a\u001b[2J",
  fields: [
    { key: "ac_exitcode", value: 0x300, unit: "bits", about: "wait status" },
    { key: "cpu_count", value: 5, unit: "events", about: "waits" },
    { key: "read_bytes", value: 1024, unit: "bytes", about: "bytes read" },
    { key: "ac_etime", value: 2_500_000, unit: "us", about: "age" },
    { key: "cpu_delay_total", value: 12_000, unit: "ns", about: "waiting" },
    { key: "hiwater_rss", value: 2048, unit: "kilobytes", about: "memory" },
  ],
};

test("a reply is printed in columns, with the exit status in words and control characters of names escaped", () => {
  expect(formatAnswer(answer, false)).toBe(
    [
      String.raw`thread 7 (a\x1b[2J): struct version 16, 560 bytes`,
      "FIELD              VALUE  UNIT   READS    MEANING",
      "ac_exitcode          768                  wait status: exited 3",
      "cpu_count              5                  waits",
      "read_bytes          1024  bytes  1.0 KiB  bytes read",
      "ac_etime         2500000  us     2.5 s    age",
      "cpu_delay_total    12000  ns     12 us    waiting",
      "hiwater_rss         2048  KiB    2.0 MiB  memory",
      "",
    ].join("\n"),
  );
});

test("a reply has a note if the id is a zombie, in text and in JSON", () => {
  const noted: Answer = { ...answer, note: "7 is a zombie" };
  expect(formatAnswer(noted, false).split("\n")[1]).toBe("note: 7 is a zombie");
  expect(JSON.parse(formatAnswerJson(noted))).toMatchObject({ pid: 7, note: "7 is a zombie" });
});

/** A process of two threads. One has waited 20 ms, and its figures also contain a false wait as long as the uptime. */
function lie(structVersion: number) {
  const kernel = createFakeKernel({ structVersion });
  const lies = { blkio_count: 3, blkio_delay_total: 9e15 + 20e6, blkio_delay_max: 9e15 };
  const { tgid } = kernel.fork({ comm: "liar", figures: lies });
  kernel.startThread(tgid);
  kernel.advance(1e6);
  return { kernel, tgid };
}

test("a thread's reply shows the kernel's value of an implausible wait, and the plausible value", async () => {
  const { kernel, tgid } = lie(16);
  const answer = await query(kernel, { kind: "pid", id: tgid }, createProcReader("/proc"));
  const shown = formatAnswer(answer, false);
  expect(shown).toMatch(/blkio_count +3 .*: cannot have happened, believed: 2\n/);
  expect(shown).toMatch(/blkio_delay_total +9000000020000000 .*: cannot have happened, believed: 20000000 ns\n/);
  expect(shown).toMatch(/blkio_delay_max +9000000000000000 .*: cannot have happened, no value is believed\n/);
  expect(shown.match(/cannot have happened/g)).toHaveLength(3);
  const json = JSON.parse(formatAnswerJson(answer)) as { fields: Record<string, object> };
  expect(json.fields["blkio_delay_total"]).toEqual({ value: 9000000020000000, unit: "ns", believed: 20000000 });
  expect(json.fields["blkio_delay_max"]).toEqual({ value: 9000000000000000, unit: "ns", believed: null });
  expect(json.fields["cpu_count"]).toEqual({ value: 0, unit: "events" });
});

test("sums with a wait longer than the age of all threads show no plausible value", async () => {
  const { kernel, tgid } = lie(14);
  const shown = formatAnswer(await query(kernel, { kind: "tgid", id: tgid }, createProcReader("/proc")), false);
  expect(shown).toMatch(/blkio_delay_total +9000000020000000 .*: cannot have happened, no value is believed\n/);
});
