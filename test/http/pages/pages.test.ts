import { expect, test } from "@jest/globals";
import { parseOverviewQuery } from "../../../src/http/pages/pages.ts";

test("the query of the landing page is read, and what it does not understand is left out", () => {
  expect(parseOverviewQuery({ sort: "blkio", filter: "a", all: "1" })).toEqual({
    sort: "blkio",
    filter: "a",
    all: true,
  });
  expect(parseOverviewQuery({ sort: "size", all: "yes" })).toEqual({ sort: "busy", filter: "", all: false });
});

test("of a parameter that is given twice the last one counts", () => {
  expect(parseOverviewQuery({ sort: ["run", "irq"], filter: ["a", "b"] })).toMatchObject({ sort: "irq", filter: "b" });
});
