import { describe, expect, test } from "@jest/globals";
import {
  CAP_DAC_READ_SEARCH,
  CAP_NET_ADMIN,
  CAP_SYS_NICE,
  formatCapabilities,
  includesAll,
  noCapabilities,
  numbersOf,
} from "../../src/privileges/capabilities.ts";

/** The capabilities of Linux 5.9 and later: 0 to 40. */
const all = 2n ** 41n - 1n;

describe("a set of capabilities", () => {
  test("has the kernel's numbers", () => {
    expect([CAP_DAC_READ_SEARCH, CAP_NET_ADMIN, CAP_SYS_NICE]).toEqual([1n << 2n, 1n << 12n, 1n << 23n]);
    expect(numbersOf(CAP_NET_ADMIN | CAP_SYS_NICE)).toEqual([12, 23]);
    expect(numbersOf(1n << 63n)).toEqual([63]);
  });

  test("includes another set where it has all of its capabilities", () => {
    expect(includesAll(CAP_NET_ADMIN | CAP_SYS_NICE, CAP_NET_ADMIN)).toBe(true);
    expect(includesAll(CAP_NET_ADMIN, CAP_NET_ADMIN | CAP_SYS_NICE)).toBe(false);
    expect(includesAll(noCapabilities, noCapabilities)).toBe(true);
  });

  test.each([
    [noCapabilities, "none"],
    [CAP_NET_ADMIN | CAP_SYS_NICE, "NET_ADMIN,SYS_NICE"],
    [all, "all"],
    [all & ~(1n << 24n), "all but SYS_RESOURCE"],
    [CAP_NET_ADMIN | (1n << 50n), "NET_ADMIN,50"],
  ])("%d is written as %s", (set, text) => {
    expect(formatCapabilities(set)).toBe(text);
  });
});
