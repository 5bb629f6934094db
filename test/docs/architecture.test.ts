/** The datagram that docs/architecture.md walks through, decoded from the bytes in the document. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { AGROUP, fieldKeys, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { createDecoder } from "../../src/taskstats/decode.ts";
import { createLayout } from "../../src/taskstats/layout.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { fencesOf, sectionOf } from "../support/markdown.ts";

const walk = sectionOf(readFileSync("docs/architecture.md", "utf8"), "## A walk from netlink to the page");
const [dump, lines] = fencesOf(walk).map(({ text }) => text);

/** One line of the dump: where its bytes are, and what the document says of them. */
const rows = (dump ?? "").split("\n").map((line) => {
  const [, at = "", hex = "", says = ""] = /^ *(\d+) {2}((?:[0-9a-f]{2} +)+)(.*)$/.exec(line) ?? [];
  return { at: Number(at), bytes: Buffer.from(hex.replaceAll(" ", ""), "hex"), says };
});

/** The datagram; bytes that the document leaves out are 0. */
const datagram = new Uint8Array(rows[0]?.bytes.readUInt32LE(0) ?? 0);
for (const { at, bytes } of rows) datagram.set(bytes, at);

/** Where the struct begins in the datagram. */
const structAt = 36;

/** The names of fields in the document, with the value that stands behind each. */
const figures = rows
  .filter(({ at }) => at >= structAt)
  .flatMap(({ at, says }) =>
    [...says.matchAll(/\b([a-z]+_?\w*):? (0x[0-9a-f]+|[\d,]+)/g)]
      .filter(([, key]) => fieldKeys.includes(key as FieldKey))
      .map(([, key = "", value = ""], index) => ({
        key: key as FieldKey,
        value: Number(value.replaceAll(",", "")),
        // A second figure of a line is the next eight bytes.
        at: at + 8 * index,
      })),
  );

const grouped = (value: number): string => value.toLocaleString("en-US");

describe("the datagram of docs/architecture.md", () => {
  const { decode, reception } = createDecoder(31, createRecordReader(fieldKeys));
  const error = decode(new DataView(datagram.buffer), 0, datagram.length);
  const valueOf = (key: FieldKey): number => reception.thread.values[slotOf(key)] ?? NaN;

  test("is an exit event of struct version 16 with one record", () => {
    expect(error).toBeUndefined();
    expect(reception.thread).toMatchObject({ present: true, id: 8674, version: 16, bytes: 560 });
    expect(reception.process.present).toBe(false);
    expect({ tgid: reception.tgid, comm: reception.readComm() }).toEqual({ tgid: 8674, comm: "sh" });
    expect(rows[0]?.says).toContain(`${datagram.length} bytes, type 31`);
    expect(walk).toContain(`The kernel sent ${datagram.length} bytes`);
  });

  test("has the figures that the document names, at the offsets that it names", () => {
    expect(figures.map(({ key }) => key)).toEqual([
      "version",
      "ac_exitcode",
      "ac_flag",
      "cpu_count",
      "cpu_delay_total",
      "cpu_run_virtual_total",
      "ac_etime",
      "ac_minflt",
      "nvcsw",
      "ac_tgid",
    ]);
    for (const { key, value, at } of figures) {
      const { counterOffsets, wordOffsets, others } = createLayout(16, 560, [key]);
      const offset = structAt + (counterOffsets[0] ?? wordOffsets[0] ?? others[0]?.at ?? NaN);
      expect({ key, value: valueOf(key), at: offset }).toEqual({ key, value, at });
    }
    expect(valueOf("ac_flag") & AGROUP).toBe(AGROUP);
  });

  test("gives the run time that the document adds up", () => {
    const ran = valueOf("ac_etime") * 1000 - valueOf("cpu_delay_total");
    const counted = valueOf("cpu_run_virtual_total");
    for (const figure of [ran, counted, ran - counted]) expect(walk.split("```")[2]).toContain(grouped(figure));
  });
});

describe("the page of docs/architecture.md", () => {
  let fake: FakeExporter | undefined;
  afterEach(() => fake?.stop());

  test("has the lines of the document once that datagram has come", async () => {
    const kernel = createFakeKernel();
    fake = await startFakeExporter(kernel);
    kernel.faults.pass = (bytes, kind) => (kind === "event" ? datagram : bytes);
    kernel.fork({ tgid: 8674, comm: "sh" });
    kernel.advance(20_000);
    kernel.endProcess(8674);
    const page = (await fake.page()).split("\n");
    expect(lines?.split("\n")).toHaveLength(3);
    expect(page).toEqual(expect.arrayContaining(lines?.split("\n") ?? []));
  });
});
