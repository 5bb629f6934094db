import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";
import {
  anyFacts,
  anyFullIdentity,
  anySpecs,
  classifierOf,
  facts,
  forget,
  known,
  naiveOutcome,
  outcomeOf,
} from "../support/rules.ts";

const outcome = (spec: RuleSpec, changes: Partial<ProcessFacts> = {}): string =>
  outcomeOf(classifierOf([{ name: "g", ...spec }]), { ...known, ...changes });

function labelsOf(spec: RuleSpec, changes: Partial<ProcessFacts> = {}): unknown {
  const classification = classifierOf([spec]).classify({ ...known, ...changes });
  return classification.kind === "group" ? classification.labels : classification.kind;
}

describe("keys", () => {
  test("comm takes any of its entries, whole", () => {
    expect(outcome({ comm: ["x", "prog"] })).toBe("group 0");
    expect(outcome({ comm: ["pro", "prog2"] })).toBe("unmatched");
  });

  test("exe takes argv[0] by its base name, and whole where the entry holds a slash", () => {
    expect(outcome({ exe: ["prog"] })).toBe("group 0");
    expect(outcome({ exe: ["/usr/bin/prog"] })).toBe("group 0");
    expect(outcome({ exe: ["/bin/prog", "bin/prog"] })).toBe("unmatched");
    expect(outcome({ exe: ["other"] })).toBe("unmatched");
  });

  test("exe takes both of two paths with the same base name", () => {
    const exe = ["/usr/bin/prog", "/opt/prog"];
    expect(outcome({ exe })).toBe("group 0");
    expect(outcome({ exe }, { argv: ["/opt/prog"] })).toBe("group 0");
    expect(outcome({ exe }, { argv: ["/srv/prog"] })).toBe("unmatched");
  });

  test("exe takes no process without arguments, whatever its command", () => {
    expect(outcome({ exe: ["prog", "", ".", "/"] }, { argv: [] })).toBe("unmatched");
  });

  test("cmdline takes the arguments that all of its patterns match, anywhere", () => {
    expect(outcome({ cmdline: ["prog -x", "1$"] })).toBe("group 0");
    expect(outcome({ cmdline: ["prog -x", "2"] })).toBe("unmatched");
    expect(outcome({ cmdline: ["^$"] }, { argv: [] })).toBe("group 0");
  });

  test("user takes the real user, not the effective one", () => {
    expect(outcome({ user: ["^root$"] })).toBe("unmatched");
    expect(outcome({ user: ["^root$", "^ali"] })).toBe("group 0");
  });

  test("cgroup takes any of the paths", () => {
    expect(outcome({ cgroup: ["nothing", "^/kube/"] })).toBe("group 0");
    expect(outcome({ cgroup: ["slice/kube"] })).toBe("unmatched");
  });

  test("unit takes the innermost unit, and no process without one", () => {
    const cgroups = ["/", "/system.slice/nginx.service/workers"];
    expect(outcome({ unit: ["other", "^nginx[.]service$"] }, { cgroups })).toBe("group 0");
    expect(outcome({ unit: ["system", "workers"] }, { cgroups })).toBe("unmatched");
    expect(outcome({ unit: ["^$", ".*"] }, { cgroups: ["/", "/jobs"] })).toBe("unmatched");
    expect(outcome({ unit: ["^$", ".*"] }, { cgroups: [] })).toBe("unmatched");
  });

  test("unit cannot be told while nobody has seen the control groups, unless another key decides", () => {
    const { classify } = classifierOf([{ comm: ["prog"], unit: ["."], name: "g" }]);
    const unseen = { ...known, cgroups: undefined };
    expect(classify(unseen)).toEqual({ kind: "undecided", rule: 0, missing: "cgroups" });
    expect(classify({ ...unseen, comm: "other" })).toEqual({ kind: "unmatched" });
  });

  test("of one rule must all hold", () => {
    expect(outcome({ comm: ["prog"], exe: ["prog"], cmdline: ["-x"], user: ["alice"], cgroup: ["pod"] })).toBe(
      "group 0",
    );
    expect(outcome({ comm: ["prog"], exe: ["prog"], cmdline: ["-x"], user: ["bob"], cgroup: ["pod"] })).toBe(
      "unmatched",
    );
  });

  test("without entries hold for nobody, but for cmdline, which holds for all", () => {
    expect(["comm", "exe", "user", "unit", "cgroup"].map((key) => outcome({ [key]: [] }))).toEqual(
      Array(5).fill("unmatched"),
    );
    expect(outcome({ cmdline: [] })).toBe("group 0");
  });
});

describe("labels", () => {
  test("show what named groups of any key captured", () => {
    const spec = {
      cmdline: [String.raw`-x (?P<x>\d)`, "(?P<bin>/usr/[a-z]+)"],
      user: ["(?P<bob>bob)", "^(?P<initial>.)"],
      unit: ["^(?P<slice>.+)[.]slice$"],
      cgroup: ["/kube/(?P<pod>.*)"],
      name: "{{.Matches.x}} {{.Matches.bin}} {{.Matches.initial}} {{.Matches.slice}} {{.Matches.pod}} {{.Matches.bob}}",
    };
    expect(labelsOf(spec)).toEqual({ groupname: "1 /usr/bin a a pod1 <no value>" });
  });

  test("show what the last of two equal groups captured", () => {
    expect(labelsOf({ cmdline: ["(?P<x>prog)", "(?P<x>-x)"], name: "{{.Matches.x}}" })).toEqual({ groupname: "-x" });
  });

  test("show what belongs to the process, and nothing of the one before", () => {
    const classifier = classifierOf([{ user: ["^(?P<u>.*)$"], name: "{{.Matches.u}}" }]);
    const users = ["a", "b", "a", "x".repeat(600), "", "b"];
    const names = users.map((user) => classifier.classify({ ...known, user }));
    expect(
      names.map((classification) => (classification.kind === "group" ? classification.labels["groupname"] : "")),
    ).toEqual(users.map((user) => user.slice(0, 256)));
  });

  test("stay right for more users than are remembered", () => {
    const classifier = classifierOf([{ user: ["[02468]$"], name: "even" }]);
    const users = Array.from({ length: 3000 }, (_, index) => `u${index % 1500}`);
    const wrong = users.filter(
      (user) => (classifier.classify({ ...known, user }).kind === "group") !== /[02468]$/.test(user),
    );
    expect(wrong).toEqual([]);
  });

  test("begin with the group's name and follow sorted by name, in whatever order they are written", () => {
    const labels = labelsOf({ comm: ["prog"], name: "n", labels: { z: "{{.Comm}}", a: "fixed" } });
    expect(Object.entries(labels ?? {})).toEqual([
      ["groupname", "n"],
      ["a", "fixed"],
      ["z", "prog"],
    ]);
  });

  test("are left out where they are empty, as written and as a template makes them, but for the group's name", () => {
    const labels = { a: "", b: "{{.ContainerID}}", c: "{{.Matches.x}}", d: "x" };
    expect(labelsOf({ cmdline: ["prog(?P<x>y)?"], name: "{{.Matches.x}}", labels })).toEqual({ groupname: "", d: "x" });
    const classifier = classifierOf([
      { comm: ["a"], name: "n", labels: { z: "1", a: "", y: "2" } },
      { comm: ["b"], name: "n", labels: { y: "2", z: "1" } },
    ]);
    expect(classifier.declared).toEqual([{ groupname: "n", y: "2", z: "1" }]);
  });

  test("are cut where they are longer than the limit, declared ones too", () => {
    const classifier = classifierOf(
      [
        { comm: ["x"], name: "abcdefgh" },
        { cmdline: ["."], name: "{{.ExeFull}}" },
      ],
      5,
    );
    expect(classifier.declared).toEqual([{ groupname: "abcde" }]);
    expect(classifier.classify({ ...known, argv: ["😀".repeat(9)] })).toMatchObject({
      labels: { groupname: "😀".repeat(5) },
    });
  });

  test("may be empty, as they are in process-exporter", () => {
    expect(labelsOf({ cmdline: ["(?P<none>zzz)?"], name: "{{.Matches.none}}" })).toEqual({ groupname: "" });
  });
});

describe("a classifier", () => {
  test("lets the first rule win that matches", () => {
    const specs = [{ comm: ["x"] }, { exe: ["prog"], name: "first" }, { comm: ["prog"], name: "second" }];
    expect(outcomeOf(classifierOf(specs), known)).toBe("group 1");
  });

  test("hides what an ignoring rule matches, though a later one would show it", () => {
    expect(outcomeOf(classifierOf([{ user: ["alice"], ignore: true }, { comm: ["prog"] }]), known)).toBe("ignored 0");
  });

  test("asks no later rule where one cannot know", () => {
    const classifier = classifierOf([
      { cmdline: ["zzz"], name: "a" },
      { comm: ["prog"], name: "b" },
    ]);
    expect(classifier.classify({ ...known, argv: undefined })).toEqual({ kind: "undecided", rule: 0, missing: "argv" });
  });

  test("passes a rule by of which one key is known not to hold, whatever is unknown of the others", () => {
    const specs = [
      { cmdline: ["."], user: ["bob"], name: "a" },
      { comm: ["prog"], name: "b" },
    ];
    expect(outcomeOf(classifierOf(specs), { ...known, argv: undefined })).toBe("group 1");
  });

  test("cannot decide while a name or a label shows what nobody has seen", () => {
    const classifier = classifierOf([{ comm: ["prog"], name: "x", labels: { u: "{{.Username}}" } }]);
    expect(classifier.classify({ ...known, effectiveUser: undefined })).toMatchObject({ missing: "effectiveUser" });
  });

  test("declares each fixed group once, and no ignored one", () => {
    const { declared } = classifierOf([
      { comm: ["a"], name: "one" },
      { comm: ["b"], name: "two", labels: { team: "x" } },
      { comm: ["c"], name: "one" },
      { comm: ["d"], name: "three", ignore: true },
      { comm: ["e"], name: "four{{.Comm}}" },
      { comm: ["f"], name: "five", labels: { team: "{{.Comm}}" } },
    ]);
    expect(declared).toEqual([{ groupname: "one" }, { groupname: "two", team: "x" }]);
  });

  test("without rules matches nothing and needs nothing", () => {
    const classifier = classifierOf([]);
    expect(outcomeOf(classifier, known)).toBe("unmatched");
    expect([...classifier.needs]).toEqual([]);
  });
});

describe("for any rules and processes, a classifier", () => {
  test("says what a naive reading of the rules says", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anySpecs, anyFullIdentity, anyFacts, (specs, full, forgotten) => {
        const facts = forget(full, forgotten);
        const expected = naiveOutcome(specs, facts);
        seen.add(expected.replace(/ .*/, ""));
        expect(outcomeOf(classifierOf(specs), facts)).toBe(expected);
      }),
      { numRuns: 1500 },
    );
    expect([...seen].sort()).toEqual(["group", "ignored", "undecided", "unmatched"]);
  });

  test("never takes a verdict back when more becomes known", () => {
    fc.assert(
      fc.property(anySpecs, anyFullIdentity, anyFacts, anyFacts, (specs, full, first, second) => {
        const classifier = classifierOf(specs);
        const less = classifier.classify(forget(full, [...first, ...second]));
        const more = classifier.classify(forget(full, first));
        fc.pre(less.kind !== "undecided");
        expect(more).toEqual(less);
      }),
      { numRuns: 700 },
    );
  });

  test("decides once what it needs is known, and asks for no other fact", () => {
    fc.assert(
      fc.property(anySpecs, anyFullIdentity, (specs, full) => {
        const classifier = classifierOf(specs);
        const needed = forget(
          full,
          facts.filter((fact) => !classifier.needs.has(fact)),
        );
        expect(classifier.classify(needed)).toEqual(classifier.classify(full));
        expect(classifier.classify(full).kind).not.toBe("undecided");
      }),
      { numRuns: 700 },
    );
  });

  test("gives the verdict of the first rule that alone does not say unmatched", () => {
    fc.assert(
      fc.property(anySpecs, anyFullIdentity, anyFacts, (specs, full, forgotten) => {
        const facts = forget(full, forgotten);
        const index = specs.findIndex((spec) => classifierOf([spec]).classify(facts).kind !== "unmatched");
        const classification = classifierOf(specs).classify(facts);
        expect(classification.kind === "unmatched" ? -1 : classification.rule).toBe(index);
      }),
    );
  });
});
