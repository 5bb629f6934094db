/** The reader of PromQL that other tests rely on. */

import { expect, test } from "@jest/globals";
import { parsePromql } from "./promql.ts";

test("finds metrics with their matchers, in functions, ranges and on both sides of an operator", () => {
  const { selectors } = parsePromql('sum(rate(a_total{x="1", y!~"2|3"}[5m] offset 10m)) / on (job) group:b:rate5m > 0');
  expect(selectors).toEqual([
    {
      metric: "a_total",
      matchers: [
        { label: "x", operator: "=", value: "1" },
        { label: "y", operator: "!~", value: "2|3" },
      ],
    },
    { metric: "group:b:rate5m", matchers: [] },
  ]);
});

test("finds the labels that series are grouped and joined by", () => {
  const { groupings } = parsePromql("sum by (a, b) (x) * on (c) group_left (d) max without (e) (y)");
  expect(groupings).toEqual(["a", "b", "c", "d", "e"]);
});

test.each(["sum(", "a{b}", "rate(a[$__rate_interval])", "a b"])("says where %s is no PromQL", (expr) => {
  expect(() => parsePromql(expr)).toThrow(/^no PromQL at \d+: /);
});
