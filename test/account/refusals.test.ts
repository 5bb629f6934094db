import { expect, test } from "@jest/globals";
import { addRefusals, createRefusals } from "../../src/account/refusals.ts";
import { delayKinds } from "../../src/fields/fields.ts";

test("new refusals are zeros, one for each kind of delay", () => {
  const { waits, ns } = createRefusals();
  const zeros = delayKinds.map(() => 0);
  expect([[...waits], [...ns]]).toEqual([zeros, zeros]);
});

test("refusals are added kind by kind, and those that are added stay as they were", () => {
  const [from, to] = [createRefusals(), createRefusals()];
  delayKinds.forEach((_kind, index) => {
    from.waits[index] = index;
    from.ns[index] = 100 * index;
    to.waits[index] = 1;
    to.ns[index] = 5;
  });
  addRefusals(from, to);
  addRefusals(from, to);
  expect([...to.waits]).toEqual(delayKinds.map((_kind, index) => 1 + 2 * index));
  expect([...to.ns]).toEqual(delayKinds.map((_kind, index) => 5 + 200 * index));
  expect([...from.waits]).toEqual(delayKinds.map((_kind, index) => index));
});

test("two sets of refusals share nothing", () => {
  const [one, other] = [createRefusals(), createRefusals()];
  one.waits[0] = one.ns[0] = 1;
  expect([other.waits[0], other.ns[0]]).toEqual([0, 0]);
});
