import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { ExporterError } from "../../src/base/errors.ts";
import { compilePattern } from "../../src/classify/pattern.ts";
import { compileTemplate } from "../../src/classify/template.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load.ts";

/** `line:column: want ..., got ...; remedy` of each error, without the default remedy. */
function errorsOf(text: string): string[] {
  try {
    parseConfig(text, "rules.yaml");
  } catch (error) {
    if (!(error instanceof ExporterError) || error.code !== "CONFIG") throw error;
    return error.message
      .split("\n")
      .map((line) => line.replace("CONFIG at rules.yaml:", "").replace("; mend the place that the message names", ""));
  }
  return [];
}

const rulesOf = (text: string) => parseConfig(text, "rules.yaml").rules;
const ruleKeys = "one of name, comm, exe, cmdline, user, unit, cgroup, labels, ignore";
const rule = "process_names:\n- comm: [a]\n";
const delay = "taskstats_process_delay_seconds";

describe("a configuration with one mistake names its line and column, what was wanted and what was found:", () => {
  const rows: readonly [title: string, text: string, error: string][] = [
    ["a list at the top", "- a\n", "1:1: want a mapping, got a list"],
    ["a text at the top", "\nhello\n", '2:1: want a mapping, got "hello"'],
    [
      "a section near to a name",
      "process_name: []\n",
      '1:1: want one of process_names, limits, kubernetes, histograms, got "process_name"; did you mean process_names?',
    ],
    [
      "a key with letters in the wrong order",
      `${rule}  nmae: b\n`,
      `3:3: want ${ruleKeys}, got "nmae"; did you mean name?`,
    ],
    [
      "a label that Prometheus gives to targets",
      `${rule}  labels: {job: b}\n`,
      '3:12: want a label name that Prometheus does not give to targets itself (job, instance), got "job"',
    ],
    [
      "a pod's label under a name that Prometheus gives to targets",
      "kubernetes: {pod_labels: {instance: app.kubernetes.io/instance}}\n",
      '1:27: want a label name that Prometheus does not give to targets itself (job, instance), got "instance"',
    ],
    [
      "a section near to none",
      `${rule}foo: 1\n`,
      '3:1: want one of process_names, limits, kubernetes, histograms, got "foo"',
    ],
    [
      "an unknown key without value",
      `${rule}foo:\n`,
      '3:1: want one of process_names, limits, kubernetes, histograms, got "foo"',
    ],
    ["an unknown key of a rule", `${rule}  nam: b\n`, `3:3: want ${ruleKeys}, got "nam"; did you mean name?`],
    ["a key in capitals", `${rule}  Name: b\n`, `3:3: want ${ruleKeys}, got "Name"; did you mean name?`],
    ["a key that JavaScript uses", `${rule}  constructor: b\n`, "3:3: want another key, got constructor"],
    ["a key that is a list", `${rule}? [a]\n: b\n`, "3:3: want a text as key, got a list"],
    ["a key twice", `${rule}  comm: [b]\n`, "3:3: want each key once, got a duplicate"],
    ["rules as a mapping", "process_names:\n  comm: [a]\n", "2:3: want a list of rules, got a mapping"],
    ["limits as a list", "limits: []\n", "1:9: want a mapping, got a list"],
    ["labels as a list", `${rule}  labels: []\n`, "3:11: want a mapping, got a list"],
    ["a rule that is a text", "process_names:\n- bash\n", '2:3: want a mapping, got "bash"'],
    ["a rule that is nothing", "process_names:\n- \n", "2:3: want a mapping, got nothing"],
    ["a text for a list", "process_names:\n- comm: bash\n", '2:9: want a list of texts, got "bash"'],
    ["a list for a text", "process_names:\n- comm: [[bash]]\n", "2:10: want a text, got a list"],
    ["a mapping for a name", `${rule}  name: {a: b}\n`, "3:9: want a text, got a mapping"],
    [
      "a rule that matches nothing",
      "process_names:\n- name: x\n  labels: {a: b}\n",
      "2:3: want at least one of comm, exe, cmdline, user, unit, cgroup, got none",
    ],
    [
      "a rule whose matchers have no value",
      "process_names:\n- name: x\n  comm:\n  exe: ~\n",
      "2:3: want at least one of comm, exe, cmdline, user, unit, cgroup, got none",
    ],
    ["a boolean", `${rule}  ignore: perhaps\n`, '3:11: want true or false, got "perhaps"'],
    [
      "a label of Prometheus' own",
      `${rule}  labels: {__a: b}\n`,
      '3:12: want a label name: letters, digits and _, without a digit or __ at its beginning, got "__a"',
    ],
    [
      "a label with a dash",
      `${rule}  labels: {a-b: b}\n`,
      '3:12: want a label name: letters, digits and _, without a digit or __ at its beginning, got "a-b"',
    ],
    [
      "a label of the exporter's own",
      `${rule}  labels:\n    le: b\n`,
      "4:5: want a label name that the exporter does not use itself (groupname, kind, mode, reason, code, le, " +
        'namespace, pod, container, by), got "le"',
    ],
    ["a label without value", `${rule}  labels:\n    team:\n`, "4:10: want a text, got nothing"],
    ["an alias without anchor", "process_names: *rules\n", "1:16: want an anchor above, got *rules without one"],
    ["a merge of a text", `${rule}  <<: a\n`, "3:7: want a mapping, or a list of them, to merge, got a text"],
    ["a limit that is too small", "limits: {max_groups: 0}\n", "1:22: want an integer from 1 to 100000, got 0"],
    [
      "a limit that is too large",
      "limits: {max_groups: 100001}\n",
      "1:22: want an integer from 1 to 100000, got 100001",
    ],
    [
      "a limit with a fraction",
      "limits: {max_label_length: 16.5}\n",
      '1:28: want an integer from 16 to 4096, got "16.5"',
    ],
    [
      "a limit that is a list",
      "limits: {max_label_length: [16]}\n",
      "1:28: want an integer from 16 to 4096, got a list",
    ],
    [
      "a duration that is too short",
      "limits: {group_retention: 59s}\n",
      '1:27: want a duration such as 500ms, 5s or 1m30s, 1m at least, got "59s"',
    ],
    [
      "a duration without unit",
      "limits: {group_retention: 60}\n",
      "1:27: want a duration such as 500ms, 5s or 1m30s, 1m",
    ],
    [
      "a histogram that does not exist",
      "histograms: {taskstats_process_cpu_second: {}}\n",
      "1:14: want one of taskstats_process_lifetime_seconds, taskstats_process_cpu_seconds, " +
        "taskstats_process_delay_seconds, taskstats_process_max_rss_bytes, " +
        'got "taskstats_process_cpu_second"; did you mean taskstats_process_cpu_seconds?',
    ],
    [
      "kinds where there are none",
      "histograms: {taskstats_process_cpu_seconds: {kinds: [cpu]}}\n",
      '1:46: want one of enabled, buckets, got "kinds"',
    ],
    [
      "a kind that does not exist",
      `histograms: {${delay}: {kinds: [cpu, io]}}\n`,
      '1:61: want one of cpu, blkio, swapin, freepages, thrashing, compact, wpcopy, irq, got "io"',
    ],
    ["a kind twice", `histograms: {${delay}: {kinds: [cpu, irq, cpu]}}\n`, "1:66: want each kind once, got cpu"],
    ["no kinds", `histograms: {${delay}: {kinds: []}}\n`, "1:55: want at least one kind, got 0"],
    ["no buckets", `histograms: {${delay}: {buckets: []}}\n`, "1:57: want 1 to 50 buckets, got 0"],
    [
      "too many buckets",
      `histograms: {${delay}: {buckets: [${Array.from({ length: 51 }, (_, bound) => bound).join()}]}}\n`,
      "1:57: want 1 to 50 buckets, got 51",
    ],
    [
      "buckets that do not ascend",
      `histograms: {${delay}: {buckets: [1, 2, 2]}}\n`,
      "1:64: want a bound above the one before it, got 2",
    ],
    ["a bucket that is no number", `histograms: {${delay}: {buckets: [1, x]}}\n`, '1:61: want a number, got "x"'],
    ["a bucket without bound", `histograms: {${delay}: {buckets: [.inf]}}\n`, '1:58: want a number, got ".inf"'],
    [
      "a bucket beyond doubles",
      `histograms: {${delay}: {buckets: [1e999]}}\n`,
      "1:58: want a finite number, got Infinity",
    ],
    [
      "an escape that YAML does not have",
      'process_names:\n- cmdline: ["\\d+"]\n',
      "2:14: want an escape that YAML knows between double quotes, got another one; " +
        "put the text into single quotes, where a backslash is a backslash",
    ],
    ["a tab", "process_names:\n\t- a: b\n", "2:1: want valid YAML, got an error: Tabs are not allowed as indentation"],
    ["a second document", `${rule}---\na: b\n`, "3:1: want one YAML document, got a second one"],
  ];
  test.each(rows)("%s", (_title, text, error) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.slice(0, error.length)).toBe(error);
  });

  test.each(["", "\n \n", "\ufeff"])("no character, as in %j", (text) => {
    expect(() => parseConfig(text, "rules.yaml")).toThrow(
      "CONFIG at rules.yaml: want a configuration, got an empty file; mend the place that the message names",
    );
  });
});

describe("a text that does not compile", () => {
  const template = "some-{{.Nonsense}}";
  const at = compileTemplate(template).fault?.at ?? 0;

  test.each([
    ["without quotes", `name: ${template}`, 9 + at],
    ["in single quotes", `name: '${template}'`, 10 + at],
    ["in double quotes", `name: "${template}"`, 10 + at],
    ["with escapes before it", `name: "\\x73ome-{{.Nonsense}}"`, 9],
    ["in a block", `name: >-\n    ${template}`, 9],
  ])("is found where it is wrong: %s", (_title, line, column) => {
    expect(at).toBeGreaterThan(0);
    expect(errorsOf(`${rule}  ${line}\n`)[0]).toMatch(new RegExp(`^3:${column}: want `));
  });

  test("gives the fault in the words of its compiler", () => {
    const { want, got, at: offset = 0 } = compilePattern("a(b").fault ?? { want: "", got: "" };
    const column = 12 + (offset > 0 ? 1 + offset : 0);
    expect(errorsOf("process_names:\n- cmdline: ['a(b']\n")).toEqual([`2:${column + 1}: want ${want}, got ${got}`]);
  });

  test.each(["cmdline", "user", "unit", "cgroup"])("is wrong in %s", (key) => {
    expect(errorsOf(`process_names:\n- ${key}: [ok, 'a(b']\n`)).toHaveLength(1);
  });

  test("is wrong as a label's value", () => {
    expect(errorsOf(`${rule}  labels: {a: '{{.Nonsense}}'}\n`)).toHaveLength(1);
  });

  test("may be a command name all the same", () => {
    expect(rulesOf("process_names:\n- {comm: ['a(b'], exe: ['{{']}\n")).toEqual([{ comm: ["a(b"], exe: ["{{"] }]);
  });
});

describe("several mistakes", () => {
  test("are all reported, in the order of the file, each on a line of its own", () => {
    const text = `process_names:
- nam: x
  comm: [a]
- comm: bash
- name: nothing
- comm: [b]
  comm: [c]
  ignore: perhaps
limits:
  max_groups: many
`;
    expect(errorsOf(text).map((error) => error.split(":").slice(0, 2).join(":"))).toEqual([
      "2:3",
      "4:9",
      "5:3",
      "7:3",
      "8:11",
      "10:15",
    ]);
  });

  test("behind an alias are one", () => {
    expect(errorsOf("process_names:\n- &r {comm: x}\n- *r\n- *r\n")).toEqual(['2:13: want a list of texts, got "x"']);
  });

  test("are counted from the hundred and first", () => {
    const errors = errorsOf(Array.from({ length: 150 }, (_, index) => `k${index}: 1\n`).join(""));
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)).toBe(" want fewer mistakes, got 50 more");
  });

  test("are no guesses where the syntax is broken", () => {
    expect(errorsOf("process_names: [\nfoo: {\n").every((error) => error.includes("want valid YAML"))).toBe(true);
  });
});

describe("a file that means harm", () => {
  test("cannot multiply itself by aliases", () => {
    const lists = Array.from({ length: 12 }, (_, index) => {
      const previous = Array.from({ length: 10 }, () => (index === 0 ? "x" : `*a${index - 1}`));
      return `- comm: &a${index} [${previous.join(", ")}]\n`;
    });
    expect(errorsOf(`process_names:\n${lists.join("")}`)).toContainEqual(
      expect.stringContaining("want at most 100000 values, aliases followed, got more"),
    );
  });

  test("cannot contain itself", () => {
    expect(errorsOf("process_names: &a\n- cmdline: *a\n")).toContainEqual("2:12: want at most 32 levels, got more");
  });

  test.each<[string, string]>([
    ["lists", "[".repeat(100_000)],
    ["closed lists", "[".repeat(20_000) + "]".repeat(20_000)],
    ["mappings", `a: ${"{a: ".repeat(20_000)}`],
    ["lists of a line each", "- ".repeat(20_000)],
    ["keys that are mappings", "? ".repeat(20_000)],
    ["lines that are indented", Array.from({ length: 900 }, (_, level) => `${" ".repeat(level)}a:\n`).join("")],
    ["lists within a key that is ignored", `x-a: ${"[".repeat(20_000)}`],
  ])("cannot be nested deeper than anybody can read: %s", (_title, text) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^\d+:\d+: want at most 32 levels, got more$/);
  });

  test("is refused so wherever the stack stands when it is loaded", () => {
    const text = `process_names: ${"[".repeat(10_000)}`;
    const deep = (calls: number): string[] => (calls === 0 ? errorsOf(text) : deep(calls - 1));
    for (const calls of [0, 100, 1000, 3000]) expect(deep(calls)).toHaveLength(1);
  });

  test.each([
    [
      "a pattern of parentheses",
      `cmdline: ['${"(".repeat(100_000)}a${")".repeat(100_000)}']`,
      "expression nests too deeply",
    ],
    ["a pattern of open parentheses", `cmdline: ['${"(".repeat(100_000)}']`, "missing closing )"],
    ["a pattern that repeats itself", `cmdline: ['${"a{1000}".repeat(10_000)}']`, "expression too large"],
    ["a template of braces", `comm: [a]\n  name: '${"{{".repeat(100_000)}'`, "{{{{"],
  ])("is refused in a moment for %s", (_title, rule, got) => {
    const errors = errorsOf(`process_names:\n- ${rule}\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`got ${got}`);
    expect(errors[0]?.length).toBeLessThan(400);
  });

  test("either parses or gives an error of this kind, whatever it holds", () => {
    const words = fc.constantFrom(
      "process_names",
      "comm",
      "limits",
      ":",
      " ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "'",
    );
    const more = fc.constantFrom(
      "&a",
      "*a",
      "<<",
      "? ",
      "|",
      ">",
      '"',
      "#",
      "~",
      "0",
      "\t",
      "---",
      "!!x",
      "{{",
      "%",
      "\0",
    );
    const texts = fc.array(fc.oneof(words, more, fc.string({ maxLength: 3 })), { maxLength: 30 });
    fc.assert(
      fc.property(texts, (parts) => {
        errorsOf(parts.join(""));
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 10_000 },
    );
  });
});

describe("a configuration that is right", () => {
  test("is the default one where it says nothing", () => {
    expect(parseConfig("{}", "rules.yaml")).toEqual(defaultConfig);
    expect(parseConfig("process_names:\nlimits: ~\nhistograms:\n", "rules.yaml")).toEqual(defaultConfig);
  });

  test("is the default one where it holds nothing but comments, and says so", () => {
    for (const text of ["# nothing\n", "---\n", "---\n# process_names:\n"]) {
      const { warnings, ...config } = parseConfig(text, "rules.yaml");
      expect({ ...config, warnings: [] }).toEqual(defaultConfig);
      expect(warnings).toEqual([
        "rules.yaml: there is nothing but comments here, so there is a group per command name",
      ]);
    }
  });

  test("may begin with a byte order mark and have lines as Windows ends them", () => {
    expect(rulesOf("\ufeffprocess_names:\r\n- comm: [a]\r\n  name: b\r\n")).toEqual([{ comm: ["a"], name: "b" }]);
    expect(errorsOf("\ufeffprocess_names:\r\n- nam: b\r\n  comm: [a]\r\n")[0]).toMatch(/^2:3: want .* got "nam"/);
  });

  test("has the limits that it sets, and the others by default", () => {
    const { limits } = parseConfig("limits: {max_groups: 7, group_retention: 1h30m}", "rules.yaml");
    expect(limits).toEqual({ maxGroups: 7, maxLabelLength: 256, groupRetentionMs: 5_400_000 });
  });

  test("turns a histogram off", () => {
    const { histograms } = parseConfig("histograms: {taskstats_process_cpu_seconds: {enabled: no}}", "rules.yaml");
    expect(histograms.map(({ name }) => name)).toEqual([
      "taskstats_process_lifetime_seconds",
      "taskstats_process_delay_seconds",
      "taskstats_process_max_rss_bytes",
    ]);
  });

  test("chooses a histogram's kinds and buckets", () => {
    const text = `histograms: {${delay}: {kinds: [irq, cpu], buckets: [0.10, 1e1, +20]}}`;
    const chosen = parseConfig(text, "rules.yaml").histograms.find(({ name }) => name === delay);
    expect(chosen?.buckets).toEqual([0.1, 10, 20]);
    expect(chosen?.series).toEqual([
      { labels: { kind: "irq" }, field: "irq_delay_total" },
      { labels: { kind: "cpu" }, field: "cpu_delay_total" },
    ]);
  });

  test("has all keys of a rule", () => {
    const text = `process_names:
- {name: n, comm: [a], exe: [b], cmdline: [c], user: [d], unit: [u], cgroup: [e], labels: {f: g}, ignore: true}`;
    expect(rulesOf(text)).toEqual([
      {
        name: "n",
        comm: ["a"],
        exe: ["b"],
        cmdline: ["c"],
        user: ["d"],
        unit: ["u"],
        cgroup: ["e"],
        labels: { f: "g" },
        ignore: true,
      },
    ]);
  });

  test("warns of a rule that an earlier one shadows, with both places", () => {
    const { warnings } = parseConfig("process_names:\n- comm: [a, b]\n- {name: x, comm: [b, a]}\n", "rules.yaml");
    expect(warnings).toEqual([
      "rules.yaml:3:3: this rule never matches: the rule at rules.yaml:2:3 takes all that it asks for",
    ]);
  });

  test("warns of a name or label that shows what no pattern captures, with the place of the action", () => {
    const text = `process_names:
- name: "a {{.Matches.rol}}"
  cmdline: ['(?P<role>x)']
  labels: {unit: '{{index .Matches "name"}}'}
`;
    expect(parseConfig(text, "rules.yaml").warnings).toEqual([
      "rules.yaml:2:14: this shows <no value>: no pattern of the rule has a group rol; did you mean role?",
      "rules.yaml:4:21: this shows nothing: no pattern of the rule has a group name",
    ]);
  });

  test("warns of each name that the kernel cuts, of doubled backslashes, and of names of the exporter's own groups, in the order of the file", () => {
    const text = `process_names:
- comm: [make, ~, kotlin-compiler-embeddable, steamerrorreporter]
  name: other
- cmdline: ['a\\\\.jar', "b\\\\.jar", c\\\\d+, 'C:\\\\dir', '\\\\\\\\.']
  name: "unidentified"
- {comm: [z], name: other, ignore: true}
`;
    expect(parseConfig(text, "f").warnings).toEqual([
      'f:2:19: this name never matches: the kernel cuts command names to 15 bytes, which leaves "kotlin-compiler"',
      'f:2:47: this name never matches: the kernel cuts command names to 15 bytes, which leaves "steamerrorrepor"',
      "f:3:9: the exporter counts what exceeds limits.max_groups as other, too: both would be one group",
      "f:4:15: \\\\. wants a backslash in the text: outside of double quotes \\. is enough",
      "f:4:36: \\\\d wants a backslash in the text: outside of double quotes \\d is enough",
      "f:5:9: the exporter counts ended processes of which nobody has seen what a rule needs as unidentified, too: both would be one group",
    ]);
  });

  test("warns of rules behind one that takes everything, or everything with a command line", () => {
    const text = "process_names:\n- cmdline: ['.+']\n- comm: [a]\n- exe: [a]\n- user: ['.*']\n- cgroup: [a]\n";
    expect(parseConfig(text, "f").warnings).toEqual([
      "f:3:3: this rule matches processes without a command line alone (kernel threads, zombies): the rule at f:2:3 takes all others",
      "f:4:3: this rule never matches: the rule at f:2:3 takes all that it asks for",
      "f:5:3: this rule matches processes without a command line alone (kernel threads, zombies): the rule at f:2:3 takes all others",
      "f:6:3: this rule never matches: the rule at f:5:3 takes all that it asks for",
    ]);
  });

  test("warns of a template that several rules share by an alias once, where it is written", () => {
    const text = `process_names:
- {name: &name "{{.Matches.x}}", cmdline: ['(?P<x>z)']}
- {name: *name, comm: [a]}
- {name: *name, comm: [b]}
`;
    expect(parseConfig(text, "rules.yaml").warnings).toEqual([
      "rules.yaml:2:19: this shows <no value>: no pattern of the rule has a group x",
    ]);
  });
});
