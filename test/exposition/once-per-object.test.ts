import { expect, test } from "@jest/globals";
import { oncePerObject } from "../../src/exposition/once-per-object.ts";

test("the result is computed once for an object, and again for another one that is equal", () => {
  let computed = 0;
  const describe = oncePerObject((labels: { readonly name: string }) => `${labels.name} ${++computed}`);
  const [one, other] = [{ name: "a" }, { name: "a" }];
  expect([describe(one), describe(one), describe(other), describe(one)]).toEqual(["a 1", "a 1", "a 2", "a 1"]);
});
