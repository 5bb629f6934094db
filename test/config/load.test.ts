import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { ExporterError } from "../../src/base/errors.ts";
import { compilePattern } from "../../src/classify/pattern.ts";
import { compileTemplate } from "../../src/classify/template.ts";
import { defaultConfig } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load.ts";

/** The errors of a text, each as `line:column: want ..., got ...; remedy`, without the default remedy. */
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

describe("a configuration with one mistake: the error has its line and column, what was wanted and what was found:", () => {
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
    ["an unknown key of a rule", `${rule}  nam: b\n`, `3:3: want ${ruleKeys}, got "nam"; did you mean name?`],
    ["a key that JavaScript uses", `${rule}  constructor: b\n`, "3:3: want another key, got constructor"],
    ["a key that is a list", `${rule}? [a]\n: b\n`, "3:3: want a text as key, got a list"],
    ["a key twice", `${rule}  comm: [b]\n`, "3:3: want each key once, got a duplicate"],
    ["rules as a mapping", "process_names:\n  comm: [a]\n", "2:3: want a list of rules, got a mapping"],
    ["limits as a list", "limits: []\n", "1:9: want a mapping, got a list"],
    ["a rule that is nothing", "process_names:\n- \n", "2:3: want a mapping, got nothing"],
    ["a text for a list", "process_names:\n- comm: bash\n", '2:9: want a list of texts, got "bash"'],
    [
      "a rule that matches nothing",
      "process_names:\n- name: x\n  labels: {a: b}\n",
      "2:3: want at least one of comm, exe, cmdline, user, unit, cgroup, got none",
    ],
    [
      "a label of the exporter's own",
      `${rule}  labels:\n    le: b\n`,
      "4:5: want a label name that the exporter does not use itself (groupname, kind, mode, reason, code, state, threadname, le, " +
        'namespace, pod, container, by, memtype, ctxswitchtype, iomode), got "le"',
    ],
    ["an alias without anchor", "process_names: *rules\n", "1:16: want an anchor above, got *rules without one"],
    ["a merge of a text", `${rule}  <<: a\n`, "3:7: want a mapping, or a list of them, to merge, got a text"],
    [
      "a duration that is too short",
      "limits: {group_retention: 59s}\n",
      '1:27: want a duration such as 500ms, 5s or 1m30s, 1m at least, got "59s"',
    ],
    [
      "a histogram that does not exist",
      "histograms: {taskstats_process_cpu_second: {}}\n",
      "1:14: want one of taskstats_process_lifetime_seconds, taskstats_process_cpu_seconds, " +
        "taskstats_process_delay_seconds, taskstats_process_max_rss_bytes, " +
        'got "taskstats_process_cpu_second"; did you mean taskstats_process_cpu_seconds?',
    ],
    [
      "buckets that do not ascend",
      "histograms: {taskstats_process_delay_seconds: {buckets: [1, 2, 2]}}\n",
      "1:64: want a bound above the one before it, got 2",
    ],
    ["a tab", "process_names:\n\t- a: b\n", "2:1: want valid YAML, got an error: Tabs are not allowed as indentation"],
    [
      "an escape that YAML does not have",
      'process_names:\n- cmdline: ["\\d+"]\n',
      "2:14: want an escape that YAML knows between double quotes, got another one; " +
        "put the text into single quotes, where a backslash is a backslash",
    ],
  ];
  test.each(rows)("%s", (_title, text, error) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.slice(0, error.length)).toBe(error);
  });

  test.each(["", "\n \n", "\ufeff"])("a file without a character, as %j", (text) => {
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
  ])("has its error at the character of the fault: %s", (_title, line, column) => {
    expect(at).toBeGreaterThan(0);
    expect(errorsOf(`${rule}  ${line}\n`)[0]).toMatch(new RegExp(`^3:${column}: want `));
  });

  test("has the fault of its compiler as its error", () => {
    const { want, got, at: offset = 0 } = compilePattern("a(b").fault ?? { want: "", got: "" };
    const column = 12 + (offset > 0 ? 1 + offset : 0);
    expect(errorsOf("process_names:\n- cmdline: ['a(b']\n")).toEqual([`2:${column + 1}: want ${want}, got ${got}`]);
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

  test("are one mistake if several aliases lead to it", () => {
    expect(errorsOf("process_names:\n- &r {comm: x}\n- *r\n- *r\n")).toEqual(['2:13: want a list of texts, got "x"']);
  });

  test("are those of the syntax alone if the syntax is broken", () => {
    expect(errorsOf("process_names: [\nfoo: {\n").every((error) => error.includes("want valid YAML"))).toBe(true);
  });
});

describe("a hostile file", () => {
  test("is refused if aliases make too many values", () => {
    const lists = Array.from({ length: 12 }, (_, index) => {
      const previous = Array.from({ length: 10 }, () => (index === 0 ? "x" : `*a${index - 1}`));
      return `- comm: &a${index} [${previous.join(", ")}]\n`;
    });
    expect(errorsOf(`process_names:\n${lists.join("")}`)).toContainEqual(
      expect.stringContaining("want at most 100000 values, aliases followed, got more"),
    );
  });

  test("is refused if it contains itself by an alias", () => {
    expect(errorsOf("process_names: &a\n- cmdline: *a\n")).toContainEqual("2:12: want at most 32 levels, got more");
  });

  test("nested too deep is refused, however deep the call stack is", () => {
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
  ])("is refused with one short error for %s", (_title, rule, got) => {
    const errors = errorsOf(`process_names:\n- ${rule}\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`got ${got}`);
    expect(errors[0]?.length).toBeLessThan(400);
  });

  test("gives settings or a CONFIG error, whatever it holds", () => {
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

describe("a valid configuration", () => {
  test("has the defaults if it has no value", () => {
    expect(parseConfig("{}", "rules.yaml")).toEqual(defaultConfig);
    expect(parseConfig("process_names:\nlimits: ~\nhistograms:\n", "rules.yaml")).toEqual(defaultConfig);
  });

  test("has the defaults and a warning if it has only comments", () => {
    for (const text of ["# nothing\n", "---\n", "---\n# process_names:\n"]) {
      const { warnings, ...config } = parseConfig(text, "rules.yaml");
      expect({ ...config, warnings: [] }).toEqual(defaultConfig);
      expect(warnings).toEqual([
        "rules.yaml: there is nothing but comments here, so there is a group per command name",
      ]);
    }
  });

  test("may begin with a byte order mark, and have the line ends of Windows", () => {
    expect(rulesOf("\ufeffprocess_names:\r\n- comm: [a]\r\n  name: b\r\n")).toEqual([{ comm: ["a"], name: "b" }]);
    expect(errorsOf("\ufeffprocess_names:\r\n- nam: b\r\n  comm: [a]\r\n")[0]).toMatch(/^2:3: want .* got "nam"/);
  });

  test("has warnings of what is surely not intended, in the order of the file", () => {
    const text = "enabled: true\nprocess_names:\n- {name: '{{.Matches.x}}', comm: [a]}\n- comm: [a]\n";
    expect(parseConfig(text, "f").warnings).toEqual([
      "f:1:1: enabled has no effect: the program serves whenever it is started",
      "f:3:13: this shows <no value>: no pattern of the rule has a group x",
      "f:4:3: this rule never matches: the rule at f:3:3 takes all that it asks for",
    ]);
  });
});
