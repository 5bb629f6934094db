import { describe, expect, test } from "@jest/globals";
import { createMailboxMemory, mailboxSlots, openMailbox } from "../../src/procfs/cmdline-mailbox.ts";
import { cmdlineBytes } from "../../src/procfs/cmdline.ts";
import { createPulse, pulseBytes, viewPulse } from "../../src/procfs/pulse.ts";

describe("a mailbox", () => {
  test("is the same for both sides: what one writes, the other reads", () => {
    const memory = createMailboxMemory();
    const [asking, answering] = [openMailbox(memory), openMailbox(memory)];
    asking.ids.set([7, 8]);
    Atomics.store(asking.control, asking.request, 3);
    answering.lengths.set([5, -1]);
    answering.text.set([104, 105]);
    expect([answering.control[answering.request], ...answering.ids.subarray(0, 2)]).toEqual([3, 7, 8]);
    expect([...asking.lengths.subarray(0, 2), ...asking.text.subarray(0, 2)]).toEqual([5, -1, 104, 105]);
  });

  test("has room for a whole command line, and for the id and length of each process of a request", () => {
    const { ids, lengths, text } = openMailbox(createMailboxMemory());
    expect(text.length).toBeGreaterThanOrEqual(cmdlineBytes);
    expect([ids.length, lengths.length]).toEqual([mailboxSlots, mailboxSlots]);
  });

  test("gives no byte to two of its parts, and leaves none out", () => {
    const memory = createMailboxMemory();
    const { control, ids, lengths, text } = openMailbox(memory);
    const parts = [control, ids, lengths, text].map(({ byteOffset, byteLength }) => [
      byteOffset,
      byteOffset + byteLength,
    ]);
    expect(parts.map(([from]) => from)).toEqual([0, ...parts.slice(0, -1).map(([, to]) => to)]);
    expect(parts.at(-1)?.[1]).toBe(memory.byteLength);
  });

  test("begins with the pulse, whose words no request touches", () => {
    const memory = createMailboxMemory();
    const { control, request, answered, count, done } = openMailbox(memory);
    const indices = [request, answered, count, done];
    expect(new Set(indices).size).toBe(4);
    for (const index of indices) {
      expect(4 * index).toBeGreaterThanOrEqual(pulseBytes);
      expect(index).toBeLessThan(control.length);
    }
    createPulse(memory).around(42, () => {
      expect(viewPulse(memory).reading).toBe(42);
      expect(indices.map((index) => control[index])).toEqual([0, 0, 0, 0]);
    });
  });
});
