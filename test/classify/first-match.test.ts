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
  test("comm matches a command name that equals one of the entries", () => {
    expect(outcome({ comm: ["x", "prog"] })).toBe("group 0");
    expect(outcome({ comm: ["pro", "prog2"] })).toBe("unmatched");
  });

  test("exe matches the base name of argv[0], or the whole of argv[0] where the entry holds a slash", () => {
    expect(outcome({ exe: ["prog"] })).toBe("group 0");
    expect(outcome({ exe: ["/usr/bin/prog"] })).toBe("group 0");
    expect(outcome({ exe: ["/bin/prog", "bin/prog"] })).toBe("unmatched");
    expect(outcome({ exe: ["other"] })).toBe("unmatched");
  });

  test("exe matches both of two paths with the same base name", () => {
    const exe = ["/usr/bin/prog", "/opt/prog"];
    expect(outcome({ exe })).toBe("group 0");
    expect(outcome({ exe }, { argv: ["/opt/prog"] })).toBe("group 0");
    expect(outcome({ exe }, { argv: ["/srv/prog"] })).toBe("unmatched");
  });

  test("exe matches no process without arguments, whatever its command name", () => {
    expect(outcome({ exe: ["prog", "", ".", "/"] }, { argv: [] })).toBe("unmatched");
  });

  test("cmdline matches where all of its patterns are found in the arguments", () => {
    expect(outcome({ cmdline: ["prog -x", "1$"] })).toBe("group 0");
    expect(outcome({ cmdline: ["prog -x", "2"] })).toBe("unmatched");
    expect(outcome({ cmdline: ["^$"] }, { argv: [] })).toBe("group 0");
  });

  test("user matches the real user, not the effective one", () => {
    expect(outcome({ user: ["^root$"] })).toBe("unmatched");
    expect(outcome({ user: ["^root$", "^ali"] })).toBe("group 0");
  });

  test("cgroup matches any of the paths", () => {
    expect(outcome({ cgroup: ["nothing", "^/kube/"] })).toBe("group 0");
    expect(outcome({ cgroup: ["slice/kube"] })).toBe("unmatched");
  });

  test("unit matches the innermost unit, and no process without a unit", () => {
    const cgroups = ["/", "/system.slice/nginx.service/workers"];
    expect(outcome({ unit: ["other", "^nginx[.]service$"] }, { cgroups })).toBe("group 0");
    expect(outcome({ unit: ["system", "workers"] }, { cgroups })).toBe("unmatched");
    expect(outcome({ unit: ["^$", ".*"] }, { cgroups: ["/", "/jobs"] })).toBe("unmatched");
    expect(outcome({ unit: ["^$", ".*"] }, { cgroups: [] })).toBe("unmatched");
  });

  test("unit is undecided while nobody has seen the control groups, unless another key decides", () => {
    const { classify } = classifierOf([{ comm: ["prog"], unit: ["."], name: "g" }]);
    const unseen = { ...known, cgroups: undefined };
    expect(classify(unseen)).toEqual({ kind: "undecided", rule: 0, missing: "cgroups" });
    expect(classify({ ...unseen, comm: "other" })).toEqual({ kind: "unmatched" });
  });

  test("of one rule must all match", () => {
    expect(outcome({ comm: ["prog"], exe: ["prog"], cmdline: ["-x"], user: ["alice"], cgroup: ["pod"] })).toBe(
      "group 0",
    );
    expect(outcome({ comm: ["prog"], exe: ["prog"], cmdline: ["-x"], user: ["bob"], cgroup: ["pod"] })).toBe(
      "unmatched",
    );
  });

  test("without entries match no process, except for cmdline, which matches all", () => {
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

  test("show what was captured of this process, and nothing of the process before", () => {
    const classifier = classifierOf([{ user: ["^(?P<u>.*)$"], name: "{{.Matches.u}}" }]);
    const users = ["a", "b", "a", "x".repeat(600), "", "b"];
    const names = users.map((user) => classifier.classify({ ...known, user }));
    expect(
      names.map((classification) => (classification.kind === "group" ? classification.labels["groupname"] : "")),
    ).toEqual(users.map((user) => user.slice(0, 256)));
  });

  test("are right for more users than the classifier remembers", () => {
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

  test("are left out where they are empty, as written or as rendered, except for the group's name", () => {
    const labels = { a: "", b: "{{.ContainerID}}", c: "{{.Matches.x}}", d: "x" };
    expect(labelsOf({ cmdline: ["prog(?P<x>y)?"], name: "{{.Matches.x}}", labels })).toEqual({ groupname: "", d: "x" });
    const classifier = classifierOf([
      { comm: ["a"], name: "n", labels: { z: "1", a: "", y: "2" } },
      { comm: ["b"], name: "n", labels: { y: "2", z: "1" } },
    ]);
    expect(classifier.declared).toEqual([{ groupname: "n", y: "2", z: "1" }]);
  });

  test("are cut at the limit, also those of declared groups", () => {
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

  test("have an empty group name where a template renders nothing, as in process-exporter", () => {
    expect(labelsOf({ cmdline: ["(?P<none>zzz)?"], name: "{{.Matches.none}}" })).toEqual({ groupname: "" });
  });
});

describe("a classifier", () => {
  test("takes the first rule that matches", () => {
    const specs = [{ comm: ["x"] }, { exe: ["prog"], name: "first" }, { comm: ["prog"], name: "second" }];
    expect(outcomeOf(classifierOf(specs), known)).toBe("group 1");
  });

  test("hides what an ignoring rule matches, though a later one would show it", () => {
    expect(outcomeOf(classifierOf([{ user: ["alice"], ignore: true }, { comm: ["prog"] }]), known)).toBe("ignored 0");
  });

  test("tests no later rule after one that is undecided", () => {
    const classifier = classifierOf([
      { cmdline: ["zzz"], name: "a" },
      { comm: ["prog"], name: "b" },
    ]);
    expect(classifier.classify({ ...known, argv: undefined })).toEqual({ kind: "undecided", rule: 0, missing: "argv" });
  });

  test("skips a rule where one key does not match, though facts for the other keys are missing", () => {
    const specs = [
      { cmdline: ["."], user: ["bob"], name: "a" },
      { comm: ["prog"], name: "b" },
    ];
    expect(outcomeOf(classifierOf(specs), { ...known, argv: undefined })).toBe("group 1");
  });

  test("is undecided while a name or a label shows a fact that nobody has seen", () => {
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

  test("is individual where any label of any rule shows the id of the process", () => {
    const plain = { comm: ["prog"], name: "n" };
    expect(classifierOf([plain]).individual).toBe(false);
    expect(classifierOf([plain, { comm: ["other"], name: "n", labels: { id: "{{.PID}}" } }]).individual).toBe(true);
  });

  test("without rules matches nothing and needs nothing", () => {
    const classifier = classifierOf([]);
    expect(outcomeOf(classifier, known)).toBe("unmatched");
    expect([...classifier.needs]).toEqual([]);
  });
});

describe("for any rules and processes, a classifier", () => {
  test("gives the same answer as a naive implementation", () => {
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

  test("keeps its answer when more facts become known", () => {
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

  test("decides when all the facts that it needs are known, and needs no other fact", () => {
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

  test("gives the answer of the first rule that, as the only rule, does not answer unmatched", () => {
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
