import { expect, test } from "@jest/globals";
import { createAccount, type Account } from "../../src/account/account.ts";
import { createCreatedTimes } from "../../src/exposition/created-times.ts";

test("a group was created when the page before was read, one of the first page when the exporter was started, and stays so", () => {
  const [first, second, third] = [createAccount([]), createAccount([]), createAccount([])];
  const times = createCreatedTimes(1000);
  function created(accounts: readonly Account[], now: number): readonly number[] {
    const found = accounts.map((account) => times.of(account));
    times.endPage(now);
    return found;
  }
  expect(created([first], 1010)).toEqual([1000]);
  expect(created([second, first], 1025)).toEqual([1010, 1000]);
  // A group that was away comes back with the counters that it had.
  expect(created([first], 1040)).toEqual([1000]);
  expect(created([second, third], 1055)).toEqual([1010, 1040]);
});
