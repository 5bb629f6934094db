/** Rules and identities for tests of the classifier, by hand and at random, and a naive classifier to compare with. */

import { fc } from "./properties.ts";
import { posix } from "node:path";
import { compileRule } from "../../src/classify/compile-rule.ts";
import { createClassifier, type RuleClassifier } from "../../src/classify/first-match.ts";
import type { FactName, ProcessFacts } from "../../src/classify/process-facts.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";

/** The facts of a process of which everything is known. */
export const known: ProcessFacts = {
  tgid: 42,
  comm: "prog",
  argv: ["/usr/bin/prog", "-x", "1"],
  cgroups: ["/a.slice", "/kube/pod1"],
  user: "alice",
  effectiveUser: "root",
  startTime: 1_700_000_000,
};

/** @throws Error where a rule has a fault */
export function classifierOf(specs: readonly RuleSpec[], maxLabelLength = 256): RuleClassifier {
  const rules = specs.map((spec) => {
    const { value, fault } = compileRule(spec);
    if (fault !== undefined) throw new Error(JSON.stringify(fault));
    return value;
  });
  return createClassifier(rules, { maxLabelLength });
}

/** `unmatched`, or the verdict's kind and the index of its rule. */
export function outcomeOf(classifier: RuleClassifier, facts: ProcessFacts): string {
  const classification = classifier.classify(facts);
  return classification.kind === "unmatched" ? "unmatched" : `${classification.kind} ${classification.rule ?? ""}`;
}

function optional<T>(values: readonly T[]): fc.Arbitrary<T | undefined> {
  return fc.constantFrom(undefined, ...values);
}

/** Facts made of few values, so that rules often match. */
export const anyFullIdentity: fc.Arbitrary<ProcessFacts> = fc.record({
  tgid: fc.constantFrom(1, 2),
  comm: fc.constantFrom("a", "b", "c", ""),
  argv: fc.constantFrom<readonly string[]>([], ["/x/a"], ["/y/a", "b"], ["b", "1"], ["/", ""]),
  cgroups: fc.constantFrom<readonly string[]>([], ["/k1"], ["/a", "/k2"], ["/s/a.service"], ["/", "/s/k1.service"]),
  user: fc.constantFrom("root", "u1"),
  effectiveUser: fc.constantFrom("root", "u1"),
  startTime: fc.constantFrom(0, 1.5),
});

export const facts: readonly FactName[] = ["argv", "cgroups", "user", "effectiveUser", "startTime"];

/** The facts without those that are forgotten, which become undefined. */
export function forget(facts: ProcessFacts, forgotten: readonly FactName[]): ProcessFacts {
  return { ...facts, ...Object.fromEntries(forgotten.map((fact) => [fact, undefined])) };
}

export const anyFacts = fc.subarray([...facts]);

const patterns = ["a", "^/x", "1$", "(?P<m>[ab])", "^$", "."];
const entriesOf = (entries: readonly string[]): fc.Arbitrary<readonly string[] | undefined> =>
  fc.option(fc.array(fc.constantFrom(...entries), { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 });

export const anySpec: fc.Arbitrary<RuleSpec> = fc
  .record({
    name: optional(["g", "h", "{{.Comm}}", "{{.ExeBase}}", "{{.Matches.m}}", "{{.Username}} {{.StartTime}}"]),
    comm: entriesOf(["a", "b", "c"]),
    exe: entriesOf(["a", "/x/a", "/y/a", "b", "/"]),
    cmdline: entriesOf(patterns),
    user: entriesOf(["root", "^u(?P<m>.)"]),
    unit: entriesOf(["k", "^(?P<m>.)\\.service", "^$"]),
    cgroup: entriesOf(["k", "(?P<m>k2)", "^/a$"]),
    labels: fc.constantFrom(undefined, undefined, { team: "x" }, { cg: "{{index .Cgroups 0}}" }, { unit: "{{.Unit}}" }),
    ignore: optional([true, false]),
  })
  .filter(
    ({ comm, exe, cmdline, user, unit, cgroup }) => (comm ?? exe ?? cmdline ?? user ?? unit ?? cgroup) !== undefined,
  )
  .map((spec): RuleSpec => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)));

export const anySpecs = fc.array(anySpec, { maxLength: 5 });

type Ternary = boolean | undefined;

const matches = (pattern: string, text: string): boolean => new RegExp(pattern.replace("(?P<", "(?<")).test(text);

function checksOf(spec: RuleSpec, { comm, argv, user, cgroups }: ProcessFacts): readonly Ternary[] {
  const exe = argv?.[0];
  const sameExe = (entry: string): boolean =>
    exe !== undefined && (entry.includes("/") ? entry === exe : entry === posix.basename(exe));
  const units = cgroups?.flatMap((path) => /[^/]+\.service$/.exec(path)?.[0] ?? []) ?? [];
  return [
    spec.comm && spec.comm.includes(comm),
    spec.exe && (argv === undefined ? undefined : spec.exe.some(sameExe)),
    spec.cmdline && argv && spec.cmdline.every((pattern) => matches(pattern, argv.join(" "))),
    spec.user && (user === undefined ? undefined : spec.user.some((pattern) => matches(pattern, user))),
    spec.unit && cgroups && spec.unit.some((pattern) => units.some((unit) => matches(pattern, unit))),
    spec.cgroup && cgroups && spec.cgroup.some((pattern) => cgroups.some((path) => matches(pattern, path))),
  ].filter(
    (_check, index) => [spec.comm, spec.exe, spec.cmdline, spec.user, spec.unit, spec.cgroup][index] !== undefined,
  );
}

const shownFacts: readonly (readonly [RegExp, FactName])[] = [
  [/\.Exe/, "argv"],
  [/\.Username/, "effectiveUser"],
  [/\.StartTime/, "startTime"],
  [/\.Cgroups|\.Unit/, "cgroups"],
];

function showsUnknown({ name = "{{.ExeBase}}", labels = {}, ignore = false }: RuleSpec, facts: ProcessFacts): boolean {
  if (ignore) return false;
  const text = [name, ...Object.values(labels)].join(" ");
  return shownFacts.some(([field, fact]) => field.test(text) && facts[fact] === undefined);
}

/** The outcome by the specification alone: all keys of each rule are asked, with JavaScript's engine for patterns. */
export function naiveOutcome(specs: readonly RuleSpec[], facts: ProcessFacts): string {
  for (const [index, spec] of specs.entries()) {
    const checks = checksOf(spec, facts);
    if (checks.includes(false)) continue;
    if (checks.includes(undefined) || showsUnknown(spec, facts)) return `undecided ${index}`;
    return spec.ignore === true ? `ignored ${index}` : `group ${index}`;
  }
  return "unmatched";
}
