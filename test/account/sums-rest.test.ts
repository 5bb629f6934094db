import { expect, test } from "@jest/globals";
import { createSumsRests } from "../../src/account/sums-rest.ts";
import { fields, slotOf } from "../../src/fields/fields.ts";

const runTime = slotOf("cpu_run_virtual_total");
const switches = slotOf("nvcsw");
const minflt = slotOf("ac_minflt");

function figures(run: number, nvcsw = 0): Float64Array {
  const totals = new Float64Array(fields.length);
  totals[runTime] = run;
  totals[switches] = nvcsw;
  totals[minflt] = 99;
  return totals;
}

const rests = createSumsRests([runTime, switches]);

test("the rest is what the sums hold beyond what threads were billed", () => {
  const rest = rests.create();
  rests.note(rest, figures(100, 7));
  rests.noteThread(rest, figures(5), figures(65, 7));
  const exact = new Float64Array(fields.length);
  expect(rests.differs(rest)).toBe(true);
  rests.bill(rest, exact);
  expect([exact[runTime], exact[switches], exact[minflt]]).toEqual([40, 0, 0]);
  expect(rests.differs(rest)).toBe(false);
  rests.bill(rest, exact);
  expect(exact[runTime]).toBe(40);
});

test("what has turned out to be in a thread's record is taken back", () => {
  const rest = rests.create();
  const exact = new Float64Array(fields.length);
  rests.note(rest, figures(100));
  rests.bill(rest, exact);
  rests.noteThread(rest, figures(0), figures(30));
  rests.bill(rest, exact);
  expect(exact[runTime]).toBe(70);
  rests.noteThread(rest, figures(30), figures(500));
  rests.bill(rest, exact);
  expect(exact[runTime]).toBe(0);
});

test("records that hold more than the sums leave no rest", () => {
  const rest = rests.create();
  rests.note(rest, figures(100));
  rests.noteThread(rest, figures(0), figures(120));
  expect(rests.differs(rest)).toBe(false);
});

test("nothing before the baseline is in the rest", () => {
  const rest = rests.create(figures(1000, 50));
  expect(rests.differs(rest)).toBe(false);
  rests.note(rest, figures(1300, 50));
  const exact = new Float64Array(fields.length);
  rests.bill(rest, exact);
  expect([exact[runTime], exact[switches]]).toEqual([300, 0]);
});

test("sums of zeros, which are those of a zombie, and fields that the kernel does not have change nothing", () => {
  const rest = rests.create(figures(10));
  rests.note(rest, figures(30));
  rests.note(rest, new Float64Array(fields.length));
  rests.note(rest, figures(40).fill(NaN, switches, switches + 1));
  const exact = new Float64Array(fields.length);
  rests.bill(rest, exact);
  expect([exact[runTime], exact[switches]]).toEqual([30, 0]);
});
