/** The same configuration and the same processes, in process-exporter and here: the groups must be the same. */

import { beforeAll, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";
import {
  bootTime,
  countByProcessExporter,
  findObstacle,
  type OracleOptions,
  type ShownProcess,
} from "../support/process-exporter.ts";
import { describeUnless } from "../support/real-kernel.ts";
import { classifierOf } from "../support/rules.ts";

type Row = readonly [pid: number, ppid: number, comm: string, argv: readonly string[], rest?: Partial<ShownProcess>];

const rows: readonly Row[] = [
  [1, 0, "init", ["/sbin/init"]],
  [2, 0, "kthreadd", []],
  [3, 2, "rcu_tasks_kthread", []],
  [10, 1, "bash", ["-bash"], { uid: 33 }],
  [11, 10, "vi", ["vi", "notes.txt"], { uid: 33 }],
  [12, 11, "sh", ["sh", "-c", "true"], { uid: 54_321 }],
  [20, 1, "postgres", ["/usr/lib/postgresql/15/bin/postgres", "-D", "/data"]],
  [21, 20, "postgres", ["postgres: writer   "]],
  [30, 1, "prometheus", ["/usr/local/bin/prometheus", "--config=x"], { cgroups: ["/system.slice/p", "/", "/"] }],
  [31, 1, "prometheus", ["/opt/prometheus", "--config=y"], { cgroups: [] }],
  [32, 1, "prometheus-node", ["prometheus-node-exporter"]],
  [40, 1, "process-exporte", ["/usr/local/bin/process-exporter", "-config.path", "/etc/pe.yml", "-v"]],
  [41, 1, "process-exporte", ["/usr/local/bin/process-exporter", "-config.path=/etc/pe.yml"]],
  [50, 1, "upstart", ["/sbin/upstart", "--user"]],
  [51, 50, "gvim", ["gvim", "-f"]],
  [52, 50, "chromium-browse", ["/usr/lib/chromium-browser/chromium-browser", "--type=renderer"]],
  [60, 1, "java", ["/usr/bin/java", "-Xmx1g", "-jar", "app-1.2.jar", "--name", "Größe"], { startTicks: 12_345 }],
  [61, 1, "java", ["java", "-cp", "x", "org.example.Main"], { startTicks: 12_340 }],
  [62, 1, "a) (b", ['say "hi"', "\\n"], { startTicks: 12_300 }],
  [63, 1, "empty", ["", "x", "", ""]],
  [64, 1, "slash", ["/", "dir/"]],
  [65, 1, "dir", ["/srv/dir//", "line\nbreak\n"]],
  [66, 1, "ASCII", ["A.b-c_D", "tab\there", "\u00a0"]],
];

const processes = rows.map(([pid, ppid, comm, argv, rest]): ShownProcess => ({
  ...{ pid, ppid, comm, argv, cgroups: ["/a.slice/b", "/a.slice/b"], uid: 0, startTicks: 100 * pid },
  ...rest,
}));

/** Names by id; an id without a name is shown itself. */
const userNames = new Map(
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(":"))
    .map(([name = "", , id = ""]) => [Number(id), name]),
);

function identityOf({ pid, comm, argv, cgroups, uid, startTicks }: ShownProcess): ProcessFacts {
  const last = argv.findLastIndex((argument) => argument !== "");
  const effectiveUser = userNames.get(uid) ?? String(uid);
  const shown = argv.slice(0, last + 1);
  return { tgid: pid, comm, argv: shown, cgroups, user: "", effectiveUser, startTime: bootTime + startTicks / 100 };
}

function countHere(specs: readonly RuleSpec[], { children }: OracleOptions): ReadonlyMap<string, number> {
  const classifier = classifierOf(specs, 10_000);
  const byPid = new Map(processes.map((shown) => [shown.pid, shown]));
  function groupOf(shown: ShownProcess): string | undefined {
    const classification = classifier.classify(identityOf(shown));
    if (classification.kind === "group") return classification.labels["groupname"];
    const parent = children ? byPid.get(shown.ppid) : undefined;
    return parent === undefined ? undefined : groupOf(parent);
  }
  const counts = new Map<string, number>();
  for (const name of processes.map(groupOf)) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

async function compare(config: string, options: OracleOptions = { children: false }): Promise<number> {
  const { process_names: specs } = parse(config) as { readonly process_names: readonly RuleSpec[] };
  const there = await countByProcessExporter(config, processes, options);
  expect(Object.fromEntries(countHere(specs, options))).toEqual(Object.fromEntries(there));
  return there.size;
}

/** Configurations with the number of groups that they must make, so that none agrees by making none. */
const configurations: readonly (readonly [what: string, groups: number, config: string])[] = [
  [
    "the selectors of process-exporter's documentation",
    4,
    String.raw`
process_names:
  - comm:
      - bash
  - exe:
      - postgres
      - /usr/local/bin/prometheus
  - name: "{{.ExeFull}}:{{.Matches.Cfgfile}}"
    exe:
      - /usr/local/bin/process-exporter
    cmdline:
      - -config.path\s+(?P<Cfgfile>\S+)
`,
  ],
  [
    "its author's own machine",
    5,
    `
process_names:
  - comm: [chromium-browse, bash, prometheus, gvim]
  - exe: [/sbin/upstart]
    cmdline: [--user]
    name: upstart:-user
`,
  ],
  ["the file of its packages, all by command", 17, "process_names: [{ name: '{{.Comm}}', cmdline: ['.+'] }]"],
  [
    "every field of a template",
    23,
    `
process_names:
  - name: "{{.Comm}}|{{ .ExeBase }}|{{.ExeFull}}|{{.Username}}|{{.PID}}|{{.StartTime}}|{{.Cgroups}}|{{index .Cgroups 2}}|never"
    comm: [prometheus]
  - name: "{{.Comm}}|{{ .ExeBase }}|{{.ExeFull}}|{{.Username}}|{{.PID}}|{{.StartTime}}|{{.Cgroups}}|{{index .Cgroups 0}}"
    cmdline: ["(?s).*"]
`,
  ],
  [
    "trim markers, comments and missing groups",
    5,
    `
process_names:
  - { comm: [bash], name: 'a  {{- .Comm -}}  {{/* {{.PID}} */}} b {{- /* c */ -}} d' }
  - { comm: [vi], name: '[{{.Matches.none}}|{{index .Matches "none"}}]', cmdline: ['(?P<file>\\S+)'] }
  - { comm: [sh], name: '{{index .Cgroups 9}}x{{.Comm}}' }
  - { comm: [gvim], name: 'x{{index .Cgroups 9}}y' }
  - { comm: [java], name: "{{\\n.Comm\\t}}}} {" }
`,
  ],
  [
    "keys that must all hold, and the first match",
    5,
    `
process_names:
  - { name: none, comm: [java], exe: [postgres] }
  - { name: jar, comm: [java], exe: [java], cmdline: ['-jar\\s+(?P<jar>[^/ ]+)\\.jar', '-X'] }
  - { name: '{{.Matches.class}}', comm: [java], cmdline: ['(?P<class>[a-z.]+\\.[A-Z]\\w+)$'] }
  - { name: relative, exe: [dir, /bin/bash] }
  - { name: exact, exe: [/] }
  - { name: prom, exe: [/opt/prometheus] }
  - { name: late, comm: [java, slash], exe: [/opt/prometheus] }
`,
  ],
  [
    "processes without arguments, or with empty ones",
    6,
    `
process_names:
  - { name: 'empty exe {{.ExeBase}}', exe: ['.'] }
  - { name: 'no exe', exe: [kthreadd, ''] }
  - { name: '{{.ExeBase}} {{.ExeFull}} {{.Matches.x}}', cmdline: ['^(?P<x>y)?$'] }
  - { name: 'long {{.ExeBase}}', comm: [prometheus-node-exporter, prometheus-node] }
  - { name: never, comm: [] }
  - { name: never, exe: [] }
  - { comm: [dir, slash] }
`,
  ],
  [
    "Go's regular expressions",
    9,
    String.raw`
process_names:
  - { name: 'dollar', cmdline: ['break$'] }
  - { name: 'line {{.Matches.x}}', cmdline: ['(?m)^(?P<x>break)$'] }
  - { name: 'unicode {{.Matches.w}}', cmdline: ['(?i)(?P<w>grÖSSE|GRÖß\pL)'] }
  - { name: 'posix {{.Matches.a}}', cmdline: ['^(?P<a>[[:alpha:]]+)\.\w-', '\s', '\x{a0}'] }
  - { name: 'quote {{.Matches.q}}', cmdline: ['"(?P<q>[^"]*)"', '\Q\n\E$'] }
  - { name: 'lazy {{.Matches.l}}', cmdline: ['^/(?P<l>.+?)/.*(?P<l2>r{1,2})$'] }
  - { name: 'either {{.Matches.a}} {{.Matches.b}}', cmdline: ['(?P<a>-bash)|(?P<b>vi)'] }
  - { name: 'last {{.Matches.x}}', cmdline: ['(?P<x>sh)', '(?P<x>true)'] }
`,
  ],
];

const keywordMaps = `
process_names:
  - { name: 'no pattern {{.Matches}}{{index .Matches ""}}', comm: [bash] }
  - { name: '{{.Matches}}', cmdline: ['prometheus'] }
  - { name: '{{.Matches}}', cmdline: ['process-(ex|im)(porter)', '(?P<z>-c)\\S+(?P<a>=)?'] }
  - { name: '{{.Matches}}', cmdline: ['-jar\\s+(?P<jar>\\S+\\.jar)', '(n)(x)?'] }
  - { name: '{{index .Matches ""}}|{{index .Matches "w"}}|{{.Matches.w}}', cmdline: ['(?P<w>vi|gv).?(?P<v>m)?', '(o|-)(t|f)'] }
  - { name: 'x{{ .Matches -}} y', cmdline: ['(?P<w>.)(.)(?P<v>.)$'] }
`;

describeUnless(findObstacle(), "process-exporter and this program make the same groups", () => {
  test.each(configurations)("of %s", async (_what, groups, config) => {
    expect(await compare(config)).toBe(groups);
  });

  test("of names that show all that patterns matched, as a map", async () => {
    expect(await compare(keywordMaps)).toBeGreaterThan(12);
    const names = [
      ...countHere((parse(keywordMaps) as { process_names: RuleSpec[] }).process_names, { children: false }).keys(),
    ];
    expect(names).toEqual(
      expect.arrayContaining(["no pattern map[]", "map[:prometheus]", "map[: jar:app-1.2.jar]", "t|vi|vi"]),
    );
  });

  test("of names that show all matches of rules at random", async () => {
    const cmdline = fc.uniqueArray(
      fc.constantFrom(
        "(?P<m>[a-z]+)",
        "^/(?P<n>.)",
        "-(c|x)",
        "(x)?$",
        "java.*(?P<m>[A-Z])",
        ".*",
        "(?P<n>p(r))(?P<m>\\w*)",
        "o|e",
      ),
      { minLength: 1, maxLength: 3 },
    );
    const name = fc.constantFrom(
      "{{.Matches}}",
      '{{index .Matches ""}}',
      "{{.Comm}} {{.Matches}}",
      '{{.Matches}}{{index .Matches "m"}}',
    );
    const sample = fc.sample(fc.array(fc.record({ name, cmdline }), { minLength: 2, maxLength: 6 }), {
      numRuns: 8,
      seed: 11,
    });
    for (const specs of sample) await compare(stringify({ process_names: specs }));
  });

  test("where children join their parents", async () => {
    const config = "process_names: [{ comm: [bash, upstart, kthreadd] }, { exe: [gvim], name: editor }]";
    expect(await compare(config, { children: true })).toBe(4);
  });

  test("of rules at random", async () => {
    const some = (texts: readonly string[]): fc.Arbitrary<readonly string[] | undefined> =>
      fc.option(fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 });
    const spec = fc
      .record({
        name: fc.constantFrom("{{.ExeBase}}", "g", "{{.Matches.m}}-{{.Comm}}", '{{index .Matches "n"}}{{.Username}}'),
        comm: some([...new Set(processes.map(({ comm }) => comm))]),
        exe: some(["java", "/usr/bin/java/x", "/opt/prometheus", "postgres", "bash", "-bash", ".", "/", "init"]),
        cmdline: some(["(?P<m>[a-z]+)", "^/(?P<n>.)", "-c", "x$", "java.*(?P<m>[A-Z])", ".*", "(?P<n>pro)(?P<m>\\w*)"]),
      })
      .filter(({ comm, exe, cmdline }) => (comm ?? exe ?? cmdline) !== undefined);
    for (const specs of fc.sample(fc.array(spec, { minLength: 2, maxLength: 8 }), { numRuns: 6, seed: 7 })) {
      await compare(stringify({ process_names: JSON.parse(JSON.stringify(specs)) as unknown }));
    }
  });
});

describeUnless(findObstacle(), "unlike process-exporter, this program", () => {
  let there: ReadonlyMap<string, number>;
  let here: ReadonlyMap<string, number>;

  beforeAll(async () => {
    const specs = [{ name: "{{.ExeFull}}", exe: ["/usr/local/bin/prometheus", "/opt/prometheus"] }];
    there = await countByProcessExporter(stringify({ process_names: specs }), processes, { children: false });
    here = countHere(specs, { children: false });
  });

  test("takes both of two paths with the same base name", () => {
    expect([...there.keys()]).toEqual(["/opt/prometheus"]);
    expect([...here.keys()]).toEqual(["/usr/local/bin/prometheus", "/opt/prometheus"]);
  });
});
