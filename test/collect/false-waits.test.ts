import { expect, test } from "@jest/globals";
import { hasFalseWaits } from "../../src/collect/false-waits.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { createFakeExporter } from "../support/fake-exporter.ts";

const on = "PLACE_LAG PLACE_DEADLINE_INITIAL DELAY_DEQUEUE DELAY_ZERO WA_IDLE\n";
const off = on.replace("DELAY_DEQUEUE", "NO_DELAY_DEQUEUE");

test.each([
  ["6.12.117+deb13-cloud-amd64", undefined, true],
  ["6.18.44", on, true],
  ["7.2.13", undefined, true],
  ["10.0.0", undefined, true],
  ["6.18.44", off, false],
  ["6.18.44", "PLACE_LAG\n", false],
  ["6.11.9", undefined, false],
  ["6.1.0-50-cloud-amd64", undefined, false],
  ["5.10.0", on, false],
  ["unknown", undefined, false],
])("on kernel %s with the features %j false waits are expected: %s", (release, features, expected) => {
  expect(hasFalseWaits(release, features)).toBe(expected);
});

test.each([
  ["6.18.0-fake\n", true],
  ["6.1.0-fake\n", false],
])("on kernel %j the log names false waits and the command that stops them: %s", async (release, told) => {
  const fake = createFakeExporter(createFakeKernel());
  fake.proc.write("sys/kernel/osrelease", release);
  try {
    await fake.exporter.start();
    const cure = "echo NO_DELAY_DEQUEUE > /sys/kernel/debug/sched/features";
    expect(fake.log.some((line) => line.includes(cure))).toBe(told);
    expect(fake.exporter.status()?.falseWaits).toEqual(told ? { cure, refused: 0 } : undefined);
  } finally {
    fake.exporter.stop();
    fake.proc.dispose();
  }
});
