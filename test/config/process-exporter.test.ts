/** Files of process-exporter. Each of these texts was given to process-exporter 0.7.10: the text means the same here. */

import { describe, expect, test } from "@jest/globals";
import { parseConfig } from "../../src/config/load.ts";

const rulesOf = (text: string) => parseConfig(text, "rules.yaml").rules;

describe("a file of process-exporter's", () => {
  test.each([
    [
      "numbers and booleans as they were written",
      "- comm: [1, true, 010, 0x1f, 1.50, yes, 2001-01-01]",
      { comm: ["1", "true", "010", "0x1f", "1.50", "yes", "2001-01-01"] },
    ],
    ["a number as name", "- {name: 5, comm: [a]}", { name: "5", comm: ["a"] }],
    ["a list with an item that is nothing", "- comm: [bash, ~, null]", { comm: ["bash"] }],
    ["keys that have no value", "- {comm: [a], name: , exe: null, cmdline: ~}", { comm: ["a"] }],
    ["an empty name for the default one", '- {name: "", comm: [a]}', { comm: ["a"] }],
    ["an empty list", "- {comm: [a], cmdline: []}", { comm: ["a"], cmdline: [] }],
    ["tags", "- {comm: [!!str 1], name: !!foo x}", { name: "x", comm: ["1"] }],
    ["a number as pattern", "- cmdline: [1]", { cmdline: ["1"] }],
    ["a block as pattern", "- cmdline:\n  - |-\n    a b", { cmdline: ["a b"] }],
  ])("may have %s", (_title, rules, spec) => {
    expect(rulesOf(`process_names:\n${rules}\n`)).toEqual([spec]);
  });

  test("may share lists by anchor and alias", () => {
    expect(rulesOf("process_names:\n- comm: &shells [sh, bash]\n- exe: *shells\n")).toEqual([
      { comm: ["sh", "bash"] },
      { exe: ["sh", "bash"] },
    ]);
  });

  test("may merge a rule into another, whose own keys win", () => {
    expect(rulesOf("process_names:\n- &r {name: q, comm: [a]}\n- <<: *r\n  name: z\n- {name: y, <<: *r}\n")).toEqual([
      { name: "q", comm: ["a"] },
      { name: "z", comm: ["a"] },
      { name: "y", comm: ["a"] },
    ]);
  });

  test("may merge several, the first of which wins", () => {
    expect(rulesOf("process_names:\n- <<: [{comm: [a], name: x}, {comm: [b], exe: [c]}]\n")).toEqual([
      { name: "x", comm: ["a"], exe: ["c"] },
    ]);
  });
});
