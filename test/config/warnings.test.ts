import { describe, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { warnOfRules } from "../../src/config/warnings.ts";
import { openYaml } from "../../src/yaml/source.ts";
import { readValue } from "../../src/yaml/value.ts";

/** The warnings about the rules of a file. All keys of these rules are texts or lists of texts. */
function warningsOf(text: string): readonly string[] {
  const source = openYaml(text, "f");
  const root = readValue(source);
  if (root === undefined) throw new Error("no value");
  const { process_names: rules } = root.value as { process_names: readonly Record<string, unknown>[] };
  warnOfRules(rules.map(ruleOf), root, source);
  return source.warnings();
}

/** As the schema of a rule: items without a value are left out, and `ignore` is a boolean. */
function ruleOf(written: Record<string, unknown>): RuleSpec {
  const values = Object.entries(written).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.filter((item) => item !== null) : key === "ignore" ? value === "true" : value,
  ]);
  return Object.fromEntries(values) as RuleSpec;
}

describe("a rule", () => {
  test("that is right is not warned of", () => {
    expect(warningsOf("process_names:\n- {comm: [a], name: n}\n- {cmdline: ['a\\.b'], name: '{{.Comm}}'}\n")).toEqual(
      [],
    );
  });

  test("is warned of if an earlier one takes all its processes, with both places", () => {
    expect(warningsOf("process_names:\n- comm: [a, b]\n- {name: x, comm: [b, a]}\n")).toEqual([
      "f:3:3: this rule never matches: the rule at f:2:3 takes all that it asks for",
    ]);
  });

  test("is warned of if its name or label uses a match that no pattern captures, with the place of the action", () => {
    const text = `process_names:
- name: "a {{.Matches.rol}}"
  cmdline: ['(?P<role>x)']
  labels: {unit: '{{index .Matches "name"}}'}
`;
    expect(warningsOf(text)).toEqual([
      "f:2:14: this shows <no value>: no pattern of the rule has a group rol; did you mean role?",
      "f:4:21: this shows nothing: no pattern of the rule has a group name",
    ]);
  });

  test("is warned of each command name that the kernel cuts, each doubled backslash and each name of the exporter's own groups", () => {
    const text = `process_names:
- comm: [make, ~, kotlin-compiler-embeddable, steamerrorreporter]
  name: other
- cmdline: ['a\\\\.jar', "b\\\\.jar", c\\\\d+, 'C:\\\\dir', '\\\\\\\\.']
  name: "unidentified"
- {comm: [z], name: other, ignore: true}
`;
    expect(warningsOf(text)).toEqual([
      'f:2:19: this name never matches: the kernel cuts command names to 15 bytes, which leaves "kotlin-compiler"',
      'f:2:47: this name never matches: the kernel cuts command names to 15 bytes, which leaves "steamerrorrepor"',
      "f:3:9: the exporter counts what exceeds limits.max_groups as other, too: both would be one group",
      "f:4:15: \\\\. wants a backslash in the text: outside of double quotes \\. is enough",
      "f:4:36: \\\\d wants a backslash in the text: outside of double quotes \\d is enough",
      "f:5:9: the exporter counts ended processes of which nobody has seen what a rule needs as unidentified, too: both would be one group",
    ]);
  });

  test.each(["cmdline", "user", "unit", "cgroup"])("is warned of for a doubled backslash in %s", (key) => {
    expect(warningsOf(`process_names:\n- {comm: ['a\\\\.b'], ${key}: [a, 'a\\\\.b']}\n`)).toEqual([
      expect.stringMatching(/^f:2:\d+: \\\\\. wants a backslash in the text/),
    ]);
  });

  test("is warned of behind one that takes every process, or every process with a command line", () => {
    const text = "process_names:\n- cmdline: ['.+']\n- comm: [a]\n- exe: [a]\n- user: ['.*']\n- cgroup: [a]\n";
    expect(warningsOf(text)).toEqual([
      "f:3:3: this rule matches processes without a command line alone (kernel threads, zombies): the rule at f:2:3 takes all others",
      "f:4:3: this rule never matches: the rule at f:2:3 takes all that it asks for",
      "f:5:3: this rule matches processes without a command line alone (kernel threads, zombies): the rule at f:2:3 takes all others",
      "f:6:3: this rule never matches: the rule at f:5:3 takes all that it asks for",
    ]);
  });

  test("is warned of once, at the anchor, if it shares its name with others by an alias", () => {
    const text = `process_names:
- {name: &name "{{.Matches.x}}", cmdline: ['(?P<x>z)']}
- {name: *name, comm: [a]}
- {name: *name, comm: [b]}
`;
    expect(warningsOf(text)).toEqual(["f:2:19: this shows <no value>: no pattern of the rule has a group x"]);
  });
});
