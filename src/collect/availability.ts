/** Finds out which fields this kernel fills. A field that the kernel does not fill has no series. */

import type { Totals } from "../account/account.ts";
import { delayKinds, fields, slotOf, type DelayKind, type FieldKey } from "../fields/fields.ts";

export interface Availability {
  has(slot: number): boolean;
  /** Delay accounting is on: from now on the fields of delays are filled for new tasks. */
  noteDelayacct(): void;
  /** A sum of interrupts was not zero: the kernel accounts interrupts (CONFIG_IRQ_TIME_ACCOUNTING). */
  noteInterrupts(): void;
}

/** Filled only with CONFIG_TASK_XACCT. It is missing where the record of a live process has `hiwater_vm` 0. */
const extended: readonly FieldKey[] = [
  "coremem",
  "virtmem",
  "hiwater_rss",
  "hiwater_vm",
  "read_char",
  "write_char",
  "read_syscalls",
  "write_syscalls",
];

/** Filled only with CONFIG_TASK_IO_ACCOUNTING. */
const storage: readonly FieldKey[] = ["read_bytes", "write_bytes", "cancelled_write_bytes"];

function delaySlots(kind: DelayKind): number[] {
  return fields.flatMap(({ key }, slot) =>
    key.startsWith(`${kind}_count`) || key.startsWith(`${kind}_delay`) ? [slot] : [],
  );
}

export interface AvailabilityInputs {
  /** The record of a live thread: the exporter's own. */
  readonly record: Totals;
  /** Whether /proc/self/io exists. */
  readonly ioAccounting: boolean;
}

export function createAvailability({ record, ioAccounting }: AvailabilityInputs): Availability {
  const missing = new Set<number>();
  record.forEach((value, slot) => value !== value && missing.add(slot));
  if (record[slotOf("hiwater_vm")] === 0) for (const key of extended) missing.add(slotOf(key));
  if (!ioAccounting) for (const key of storage) missing.add(slotOf(key));
  // The scheduler always counts waits for a CPU.
  const gated = new Set(delayKinds.filter((kind) => kind !== "cpu").flatMap(delaySlots));
  const interrupts = new Set(delaySlots("irq"));
  let delayacct = false;
  let irq = false;

  return {
    has: (slot) => !missing.has(slot) && (delayacct || !gated.has(slot)) && (irq || !interrupts.has(slot)),
    noteDelayacct: () => void (delayacct = true),
    noteInterrupts: () => void (irq = true),
  };
}
