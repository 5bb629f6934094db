import { describe, expect, test } from "@jest/globals";
import { createAvailability } from "../../src/collect/availability.ts";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";

function record(values: Partial<Record<FieldKey, number>> = {}): Float64Array {
  const out = new Float64Array(fields.length).fill(1);
  for (const [key, value] of Object.entries(values)) out[slotOf(key as FieldKey)] = value;
  return out;
}

const has = (availability: ReturnType<typeof createAvailability>, ...keys: FieldKey[]): boolean[] =>
  keys.map((key) => availability.has(slotOf(key)));

describe("what a kernel fills", () => {
  test("leaves out the fields that its struct does not have", () => {
    const availability = createAvailability({ record: record({ nvcsw: NaN }), ioAccounting: true });
    expect(has(availability, "nvcsw", "nivcsw")).toEqual([false, true]);
  });

  test("leaves out memory and I/O where a live process has no memory, since CONFIG_TASK_XACCT is missing then", () => {
    const availability = createAvailability({ record: record({ hiwater_vm: 0 }), ioAccounting: true });
    expect(has(availability, "coremem", "read_char", "hiwater_rss", "ac_minflt")).toEqual([false, false, false, true]);
  });

  test("leaves out storage I/O without /proc/self/io, since CONFIG_TASK_IO_ACCOUNTING is missing then", () => {
    const availability = createAvailability({ record: record(), ioAccounting: false });
    expect(has(availability, "read_bytes", "write_bytes", "read_char")).toEqual([false, false, true]);
  });

  test("has delays other than cpu from the moment at which accounting was seen to be on", () => {
    const availability = createAvailability({ record: record(), ioAccounting: true });
    expect(has(availability, "cpu_delay_total", "blkio_count", "wpcopy_delay_max")).toEqual([true, false, false]);
    availability.noteDelayacct();
    expect(has(availability, "cpu_delay_total", "blkio_count", "wpcopy_delay_max")).toEqual([true, true, true]);
  });

  test("has interrupts only after the kernel has counted one", () => {
    const availability = createAvailability({ record: record(), ioAccounting: true });
    availability.noteDelayacct();
    expect(has(availability, "irq_count", "irq_delay_total")).toEqual([false, false]);
    availability.noteInterrupts();
    expect(has(availability, "irq_count", "irq_delay_total")).toEqual([true, true]);
  });
});
