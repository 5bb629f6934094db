import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { anyFacts, anyFullIdentity, anySpecs, classifierOf, forget, known } from "../support/rules.ts";

describe("an explanation", () => {
  test("says for each rule what every key wants and what the process has; a rule that is not reached has no keys", () => {
    const classifier = classifierOf([
      { comm: ["bash"], cmdline: ["-x"], name: "shells" },
      { exe: ["prog"], name: "{{.Comm}}" },
      { user: ["."], name: "rest" },
    ]);
    expect(classifier.explain(known)).toEqual([
      {
        rule: 0,
        name: "shells",
        outcome: "mismatch",
        keys: [
          { key: "comm", outcome: "mismatch", want: ["bash"], got: "prog", missing: undefined },
          { key: "cmdline", outcome: "matched", want: ["-x"], got: "/usr/bin/prog -x 1", missing: undefined },
        ],
      },
      {
        rule: 1,
        name: "{{.Comm}}",
        outcome: "matched",
        keys: [{ key: "exe", outcome: "matched", want: ["prog"], got: "/usr/bin/prog", missing: undefined }],
      },
      { rule: 2, name: "rest", outcome: "not reached", keys: [] },
    ]);
  });

  test("names the fact that nobody has seen, for a key, for the name and for a label", () => {
    const classifier = classifierOf([
      { comm: ["prog"], cgroup: ["x"], name: "{{.ExeBase}}", labels: { owner: "{{.Username}}" } },
    ]);
    const [rule] = classifier.explain(forget(known, ["argv", "cgroups", "effectiveUser"]));
    expect(rule?.outcome).toBe("undecided");
    expect(rule?.keys.map(({ key, outcome, missing }) => [key, outcome, missing])).toEqual([
      ["comm", "matched", undefined],
      ["cgroup", "unknown", "cgroups"],
      ["name", "unknown", "argv"],
      ["labels.owner", "unknown", "effectiveUser"],
    ]);
  });

  test("shows an empty text where a process has no arguments, and nothing where nobody has seen them", () => {
    const classifier = classifierOf([{ exe: ["a"], name: "g" }]);
    expect(classifier.explain({ ...known, argv: [] })[0]?.keys[0]).toMatchObject({ outcome: "mismatch", got: "" });
    expect(classifier.explain({ ...known, argv: undefined })[0]?.keys[0]).toMatchObject({ got: undefined });
  });

  test("shows the unit that was compared, and an empty text where there is none", () => {
    const classifier = classifierOf([{ unit: ["^nginx"], name: "g" }]);
    const gotOf = (cgroups: readonly string[] | undefined): unknown =>
      classifier.explain({ ...known, cgroups })[0]?.keys[0];
    const nginx = { key: "unit", outcome: "matched", want: ["^nginx"], got: "nginx.service" };
    expect(gotOf(["/", "/system.slice/nginx.service"])).toMatchObject(nginx);
    expect(gotOf(["/"])).toMatchObject({ outcome: "mismatch", got: "" });
    expect(gotOf(undefined)).toMatchObject({ outcome: "unknown", got: undefined, missing: "cgroups" });
  });

  test("agrees with the classification, whatever the rules and the process are", () => {
    const kinds = { matched: ["group", "ignored"], undecided: ["undecided"] };
    fc.assert(
      fc.property(anySpecs, anyFullIdentity, anyFacts, (specs, full, forgotten) => {
        const classifier = classifierOf(specs);
        const facts = forget(full, forgotten);
        const classification = classifier.classify(facts);
        const reached = classifier.explain(facts).filter(({ outcome }) => outcome !== "not reached");
        const last = reached.at(-1);
        expect(reached.slice(0, -1).every(({ outcome }) => outcome === "mismatch")).toBe(true);
        if (last === undefined || last.outcome === "mismatch") expect(classification.kind).toBe("unmatched");
        else if (last.outcome !== "not reached") {
          expect(kinds[last.outcome]).toContain(classification.kind);
          expect(classification).toMatchObject({ rule: last.rule });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
