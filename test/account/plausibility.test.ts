import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createPlausibility, type Plausibility } from "../../src/account/plausibility.ts";
import { delayKinds, fields, slotOf, type DelayKind, type FieldKey } from "../../src/fields/fields.ts";

const ms = 1e6;
const uptimeNs = 9_000_000 * ms;

/** A record with the members that a judgement reads; times in milliseconds. */
function record(ageMs: number, members: Partial<Record<FieldKey, number>> = {}): Float64Array {
  const out = new Float64Array(fields.length).fill(NaN);
  out[slotOf("ac_etime")] = ageMs * 1000;
  out[slotOf("cpu_run_virtual_total")] = 0;
  for (const kind of delayKinds) for (const key of ["count", "delay_total"] as const) out[slotOf(`${kind}_${key}`)] = 0;
  for (const [key, value] of Object.entries(members)) out[slotOf(key as FieldKey)] = value;
  return out;
}

const believed = (totals: Float64Array, kind: DelayKind = "blkio") => ({
  count: totals[slotOf(`${kind}_count`)],
  ms: (totals[slotOf(`${kind}_delay_total`)] as number) / ms,
  max: (totals[slotOf(`${kind}_delay_max`)] as number) / ms,
});

const blkio = (count: number, total: number, max?: number): Partial<Record<FieldKey, number>> => ({
  blkio_count: count,
  blkio_delay_total: total,
  ...(max === undefined ? {} : { blkio_delay_max: max }),
});

const refused = ({ refused: found }: Plausibility) => {
  const kind = delayKinds.indexOf("blkio");
  return found === undefined ? undefined : { waits: found.waits[kind], ms: (found.ns[kind] as number) / ms };
};

const open = (): Plausibility => {
  const plausibility = createPlausibility();
  plausibility.open(0);
  return plausibility;
};

describe("the record of a thread that nobody saw alive", () => {
  test("is believed as it is where all of it can have happened", () => {
    const plausibility = createPlausibility();
    const totals = record(100, {
      cpu_run_virtual_total: 20 * ms,
      cpu_delay_total: 30 * ms,
      ...blkio(9, 50 * ms, 40 * ms),
    });
    expect(plausibility.checkWhole(totals)).toBe(totals);
    expect(refused(plausibility)).toBeUndefined();
  });

  test("loses its false wait alone where it has the longest wait", () => {
    const plausibility = createPlausibility();
    const totals = record(100, blkio(4, uptimeNs + 30 * ms, uptimeNs));
    expect(believed(plausibility.checkWhole(totals))).toEqual({ count: 3, ms: 30, max: NaN });
    expect(refused(plausibility)).toEqual({ waits: 1, ms: uptimeNs / ms });
  });

  test("loses all waits where it does not have the longest one", () => {
    const plausibility = createPlausibility();
    expect(believed(plausibility.checkWhole(record(100, blkio(4, uptimeNs + 30 * ms))))).toMatchObject({
      count: 0,
      ms: 0,
    });
    expect(refused(plausibility)).toEqual({ waits: 4, ms: uptimeNs / ms + 30 });
  });

  test("has no wait for I/O that overlaps with its run time or its waits for a CPU", () => {
    const plausibility = createPlausibility();
    const busy = { cpu_run_virtual_total: 500 * ms, cpu_count: 7, cpu_delay_total: 300 * ms };
    expect(believed(plausibility.checkWhole(record(1000, { ...busy, ...blkio(2, 190 * ms, 100 * ms) })))).toMatchObject(
      { ms: 190 },
    );
    expect(believed(plausibility.checkWhole(record(1000, { ...busy, ...blkio(2, 900 * ms, 500 * ms) })))).toMatchObject(
      { count: 0 },
    );
  });

  test("has no influence on the next one", () => {
    const plausibility = createPlausibility();
    plausibility.checkWhole(record(100, blkio(1, uptimeNs, uptimeNs)));
    const totals = record(100, blkio(1, 5 * ms, 5 * ms));
    expect(plausibility.checkWhole(totals)).toBe(totals);
    expect(refused(plausibility)).toBeUndefined();
  });

  test.each(delayKinds)("has no wait of the kind %s that is longer than its life", (kind) => {
    const plausibility = createPlausibility();
    const lie = { [`${kind}_count`]: 1, [`${kind}_delay_total`]: uptimeNs, [`${kind}_delay_max`]: uptimeNs };
    expect(believed(plausibility.checkWhole(record(100, lie)), kind)).toEqual({ count: 0, ms: 0, max: NaN });
    expect(plausibility.refused?.waits[delayKinds.indexOf(kind)]).toBe(1);
  });
});

describe("a thread that is polled", () => {
  test("is billed for true waits after a false one, which is refused once", () => {
    const plausibility = open();
    plausibility.check(0, record(1000, { cpu_count: 5, ...blkio(2, 10 * ms, 6 * ms) }));
    const second = plausibility.check(0, record(2000, { cpu_count: 6, ...blkio(3, uptimeNs + 10 * ms, uptimeNs) }));
    expect(believed(second)).toEqual({ count: 2, ms: 10, max: NaN });
    expect(refused(plausibility)).toEqual({ waits: 1, ms: uptimeNs / ms });
    const third = plausibility.check(0, record(3000, { cpu_count: 7, ...blkio(5, uptimeNs + 200 * ms, uptimeNs) }));
    expect(believed(third)).toEqual({ count: 4, ms: 200, max: NaN });
    expect(refused(plausibility)).toBeUndefined();
  });

  test("may have waited for hours where the wait ended since the last poll", () => {
    const plausibility = open();
    const hour = 3_600_000;
    plausibility.check(0, record(1000, { cpu_count: 5 }));
    for (let age = 2000; age < hour; age += 15_000) plausibility.check(0, record(age, { cpu_count: 5 }));
    const totals = record(hour, { cpu_count: 6, ...blkio(1, (hour - 1100) * ms, (hour - 1100) * ms) });
    expect(plausibility.check(0, totals)).toBe(totals);
  });

  test("may have waited for a CPU all that time", () => {
    const plausibility = open();
    plausibility.check(0, record(1000, { cpu_count: 5 }));
    plausibility.check(0, record(61_000, { cpu_count: 5 }));
    const waits = { cpu_count: 6, cpu_delay_total: 60_050 * ms, ...blkio(1, 900 * ms, 900 * ms) };
    const totals = record(62_000, waits);
    expect(plausibility.check(0, totals)).toBe(totals);
  });

  test("has not waited for longer than since it last ran, however long it slept before", () => {
    const plausibility = open();
    plausibility.check(0, record(3_600_000, { cpu_count: 5 }));
    plausibility.check(0, record(3_601_000, { cpu_count: 6 }));
    const lie = plausibility.check(0, record(3_602_000, { cpu_count: 7, ...blkio(1, 3_500_000 * ms, 3_500_000 * ms) }));
    expect(believed(lie)).toMatchObject({ count: 0, ms: 0 });
  });

  test("leaves nothing behind for the next thread that has its row", () => {
    const plausibility = open();
    plausibility.check(0, record(100, blkio(1, uptimeNs, uptimeNs)));
    plausibility.close(0);
    plausibility.open(0);
    const totals = record(100, blkio(2, 50 * ms, 30 * ms));
    expect(plausibility.check(0, totals)).toBe(totals);
  });
});

test("a row whose figures fall belongs to another thread, of which nothing has been left out yet", () => {
  const plausibility = open();
  plausibility.check(0, record(100, blkio(3, uptimeNs + 20 * ms, uptimeNs)));
  const others = record(5000, { cpu_count: 1, ...blkio(2, 50 * ms, 30 * ms) });
  expect(plausibility.check(0, others)).toBe(others);
  const later = plausibility.check(0, record(6000, { cpu_count: 2, ...blkio(4, uptimeNs + 60 * ms, uptimeNs) }));
  expect(believed(later)).toMatchObject({ count: 3, ms: 60 });
});

test("a row whose time grows without a new wait belongs to another thread too, except for waits for a CPU", () => {
  const plausibility = open();
  plausibility.check(0, record(100, blkio(1, uptimeNs, uptimeNs)));
  const others = plausibility.check(0, record(5000, blkio(1, uptimeNs + 140 * ms, uptimeNs + 140 * ms)));
  expect(believed(others)).toMatchObject({ count: 0, ms: 0 });
  const waits = record(6000, { ...blkio(1, uptimeNs + 140 * ms, uptimeNs + 140 * ms), cpu_delay_total: 60 * ms });
  expect(believed(plausibility.check(0, waits), "cpu")).toMatchObject({ count: 0, ms: 60 });
  expect(believed(plausibility.check(0, waits))).toMatchObject({ count: 0, ms: 0 });
});

describe("a thread that is older than the exporter", () => {
  test("keeps the false waits of its past out of what is believed of its life", () => {
    const plausibility = createPlausibility();
    const past = plausibility.baseline(3, record(5000, blkio(3, uptimeNs + 40 * ms, uptimeNs)), true);
    expect(believed(past)).toMatchObject({ count: 2, ms: 40 });
    const now = plausibility.check(3, record(6000, { cpu_count: 1, ...blkio(4, uptimeNs + 60 * ms, uptimeNs) }));
    expect(believed(now)).toMatchObject({ count: 3, ms: 60 });
  });

  test("has not waited since long before the baseline where it was seen sleeping", () => {
    const plausibility = createPlausibility();
    plausibility.baseline(0, record(9_000_000, blkio(0, 0, 0)), true);
    const now = plausibility.check(0, record(9_010_000, { cpu_count: 1, ...blkio(1, 8_000_000 * ms, 8_000_000 * ms) }));
    expect(believed(now)).toMatchObject({ count: 0, ms: 0 });
    expect(refused(plausibility)).toMatchObject({ waits: 1 });
  });

  test("is billed for its wait since the baseline where it was not seen sleeping, and nothing is refused", () => {
    const plausibility = createPlausibility();
    plausibility.baseline(0, record(9_000_000, blkio(0, 0, 0)), false);
    const now = plausibility.check(0, record(9_010_000, { cpu_count: 1, ...blkio(1, 8_000_000 * ms, 8_000_000 * ms) }));
    expect(believed(now)).toEqual({ count: 1, ms: 10_000, max: 10_000 });
    expect(refused(plausibility)).toBeUndefined();
  });

  test("has not waited for longer than it lives, whether it was seen sleeping or not", () => {
    const plausibility = createPlausibility();
    plausibility.baseline(0, record(5000, blkio(0, 0, 0)), false);
    const now = plausibility.check(0, record(6000, { cpu_count: 1, ...blkio(1, uptimeNs, uptimeNs) }));
    expect(believed(now)).toMatchObject({ count: 0, ms: 0 });
    expect(refused(plausibility)).toEqual({ waits: 1, ms: uptimeNs / ms });
  });
});

/** What a thread does for some milliseconds. Now and then the kernel reports a wait that never was. */
interface Stretch {
  readonly does: "run" | "wait for a CPU" | "wait for I/O" | "sleep";
  readonly forMs: number;
  readonly lie: boolean;
  /** True where the thread is polled in the middle of the stretch. */
  readonly polled: boolean;
}

const stretch = fc.record<Stretch>({
  does: fc.constantFrom("run", "wait for a CPU", "wait for I/O", "sleep"),
  forMs: fc.integer({ min: 1, max: 100_000 }),
  lie: fc.boolean(),
  polled: fc.boolean(),
});

test("no true wait is refused, whenever a thread is polled and whatever it does, and each false wait is refused", () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 40 }), fc.nat(1000), (stretches, sinceBoot) => {
      const plausibility = open();
      const [figures, lies] = [record(0), record(0)];
      const bump = (totals: Float64Array, key: FieldKey, by: number): void => {
        totals[slotOf(key)] = (totals[slotOf(key)] || 0) + by;
      };
      let age = 0;
      let lied = false;
      const at = (offsetMs: number, from: Float64Array): Float64Array => {
        const copy = from.slice();
        copy[slotOf("ac_etime")] = (age + offsetMs) * 1000;
        return copy;
      };
      bump(figures, "blkio_delay_max", 0);
      for (const { does, forMs, lie, polled } of stretches) {
        if (polled) {
          // A wait that is under way is counted when it ends.
          const whole = at(forMs / 2, figures);
          for (const key of ["blkio_count", "blkio_delay_total"] as const)
            bump(whole, key, lies[slotOf(key)] as number);
          whole[slotOf("blkio_delay_max")] = Math.max(
            lies[slotOf("blkio_delay_max")] || 0,
            figures[slotOf("blkio_delay_max")] as number,
          );
          const found = plausibility.check(0, whole);
          expect(believed(found)).toMatchObject({ count: figures[slotOf("blkio_count")], ms: believed(figures).ms });
          expect(found[slotOf("cpu_delay_total")]).toBe(figures[slotOf("cpu_delay_total")]);
          lied = false;
        }
        age += forMs;
        if (does === "run") bump(figures, "cpu_run_virtual_total", forMs * ms);
        if (does === "wait for a CPU") bump(figures, "cpu_delay_total", forMs * ms);
        if (does === "wait for I/O") {
          bump(figures, "blkio_count", 1);
          bump(figures, "blkio_delay_total", forMs * ms);
          figures[slotOf("blkio_delay_max")] = Math.max(figures[slotOf("blkio_delay_max")] as number, forMs * ms);
        }
        // After each stretch the thread comes to a CPU.
        bump(figures, "cpu_count", 1);
        if (lie && !lied) {
          const uptime = (20_000_000 + sinceBoot + age) * ms;
          bump(lies, "blkio_count", 1);
          bump(lies, "blkio_delay_total", uptime);
          lies[slotOf("blkio_delay_max")] = uptime;
          lied = true;
        }
      }
    }),
    { numRuns: 300 },
  );
});
