import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import type { ProcessFacts } from "../../src/classify/process-facts.ts";
import { compileTemplate, type Template } from "../../src/classify/template.ts";

const facts: ProcessFacts = {
  tgid: 42,
  comm: "prog",
  argv: ["/usr/bin/program", "-x"],
  cgroups: ["/a.slice/b", "/x"],
  user: "alice",
  effectiveUser: "root",
  startTime: 1_700_000_000.25,
};

const captures = new Map([["x", "one"]]);

function compiled(text: string): Template {
  const { value, fault } = compileTemplate(text);
  if (fault !== undefined) throw new Error(`${text}: ${fault.got}`);
  return value;
}

const render = (text: string, changes: Partial<ProcessFacts> = {}): string =>
  compiled(text).render({ ...facts, ...changes }, captures);

describe("a template", () => {
  test.each([
    ["plain }} text", "plain }} text"],
    ["{{.Comm}}", "prog"],
    ["<{{ .ExeBase }}>", "<program>"],
    ["{{.ExeFull}}:{{.Matches.x}}", "/usr/bin/program:one"],
    ["{{.Username}}/{{.PID}}", "root/42"],
    ["{{.StartTime}}", "2023-11-14 22:13:20.25 +0000 UTC"],
    ["{{.Cgroups}}", "[/a.slice/b /x]"],
    ["{{index .Cgroups 1}}", "/x"],
    ['{{index .Matches "x"}}{{ index  .Matches  `x` }}', "oneone"],
    ["{{\n.Comm\t}}", "prog"],
    ["{{.Matches}}", "map[x:one]"],
    ["<{{- .Matches -}}>", "<map[x:one]>"],
    ['{{index .Matches ""}}', ""],
  ])("%j shows %j", (text, expected) => expect(render(text)).toBe(expected));

  const id = "0123456789abcdef".repeat(4);
  const uid = "8e5c37a8-2b1a-4d0c-9f66-0a1b2c3d4e5f";

  test.each([
    ["/system.slice/nginx.service", "nginx.service", "", ""],
    [`/docker/${id}`, "", id, ""],
    [`/kubepods/pod${uid}/${id}/system.slice/cron.service`, "cron.service", id, uid],
    [`/kubepods/pod${uid}`, "", "", uid],
    ["/", "", "", ""],
  ])("shows the unit, the container and the pod of %s, and nothing where there is none", (cgroup, ...expected) => {
    const shown = render("{{.Unit}} {{.ContainerID}} {{.PodUID}}", { cgroups: ["/", cgroup] });
    expect(shown.split(" ")).toEqual(expected);
  });

  test.each(["Unit", "ContainerID", "PodUID"])("that shows .%s needs control groups", (field) => {
    expect(compiled(`{{.${field}}}`).needs).toEqual(["cgroups"]);
  });

  test.each([
    ["a {{- .Comm}} b", "aprog b"],
    ["a {{.Comm -}} b", "a progb"],
    ["a \n{{- .Comm -}}\t b", "aprogb"],
    ["a {{/* no {{.Comm}} */}} b", "a  b"],
    ["a {{- /* c */ -}} b", "ab"],
    ["{{.Comm -}}  {{- .PID}}", "prog42"],
    [" {{.Comm}} ", " prog "],
  ])("%j is trimmed at its markers and gives %j", (text, expected) => expect(render(text)).toBe(expected));

  test("shows a missing group as Go does: <no value> by its name, nothing by index", () => {
    expect(render("[{{.Matches.none}}]")).toBe("[<no value>]");
    expect(render('[{{index .Matches "none"}}]')).toBe("[]");
  });

  test("ends before an index that is too large for the control groups", () => {
    expect(render("a{{index .Cgroups 2}}b{{.Comm}}")).toBe("a");
    expect(render("a{{index .Cgroups 0}}b", { cgroups: [] })).toBe("a");
  });

  test("shows the command name for a process that is known to have no arguments", () => {
    expect(render("{{.ExeBase}} {{.ExeFull}}", { argv: [], comm: "a/b" })).toBe("a/b a/b");
    expect(render("{{.ExeBase}} {{.ExeFull}}", { argv: ["", "x"] })).toBe(". ");
  });

  test("needs the facts that it shows, and no others", () => {
    expect(compiled("{{.Comm}}{{.PID}}{{.Matches.x}}").needs).toEqual([]);
    expect(compiled("{{.ExeBase}}{{.ExeFull}}").needs).toEqual(["argv"]);
    expect(compiled("{{.StartTime}}{{index .Cgroups 0}}{{.Username}}{{.Cgroups}}").needs).toEqual([
      "startTime",
      "cgroups",
      "effectiveUser",
    ]);
  });

  test("names the groups that it shows, with the place of each action", () => {
    expect(compiled('{{.Matches.x}}{{index .Matches "y"}}{{.Matches.x}}').matches).toEqual([
      { name: "x", missing: "<no value>", at: 2 },
      { name: "y", missing: "", at: 16 },
      { name: "x", missing: "<no value>", at: 38 },
    ]);
  });

  test("says whether it shows the capture without a name", () => {
    const shows = ["{{.Matches}}", '{{index .Matches ""}}', "{{.Matches.x}}", '{{index .Matches "x"}}', "{{.Comm}}"];
    expect(shows.map((text) => compiled(text).showsUnnamed)).toEqual([true, true, false, false, false]);
  });

  test("is individual where it shows the id of the process", () => {
    expect(["{{.Comm}}-{{.PID}}", "{{.Comm}}", "PID"].map((text) => compiled(text).individual)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("is fixed where it holds no action, comments aside", () => {
    expect(compiled("nginx").fixed).toBe(true);
    expect(compiled("").fixed).toBe(true);
    expect(compiled("a{{/* b */}}").fixed).toBe(true);
    expect(compiled("a{{.Comm}}").fixed).toBe(false);
  });

  test.each([
    ["a{{.Foo}}", "the field .Foo", 3],
    ["{{ .comm }}", "the field .comm", 3],
    ["{{.Matches.}}", "{{.Matches.}}", 2],
    ["{{.Match}}", "the field .Match", 2],
    ["{{if .Comm}}a{{end}}", "the action if", 2],
    ["é{{range .Cgroups}}", "the action range", 3],
    ["{{.Comm | printf}}", "the pipe in {{.Comm | printf}}", 2],
    ['{{printf "%s" .Comm}}', "the function printf", 2],
    ["{{- /*a*/ .Comm}}", "{{/*a*/ .Comm}}", 4],
    ["{{/*a*/ }}", "{{/*a*/}}", 2],
    ["{{ /*a*/}}", "{{/*a*/}}", 3],
    ["{{}}", "an empty action", 2],
    ["{{-.Comm}}", "{{-.Comm}}", 2],
    ["{{.Comm-}}", "{{.Comm-}}", 2],
    ["{{.Comm.x}}", "{{.Comm.x}}", 2],
    ["{{.Matches.1x}}", "{{.Matches.1x}}", 2],
    ["{{index .Cgroups -1}}", "{{index .Cgroups -1}}", 2],
    ["{{index .Cgroups}}", "{{index .Cgroups}}", 2],
  ])("%j is a fault that says what is wrong and where", (text, got, at) => {
    const { fault } = compileTemplate(text);
    expect(fault).toMatchObject({ got, at });
    expect(fault?.want).toContain("{{.ExeBase}}");
  });

  test.each(["a {{ .Comm", "a {{/* .Comm }}", "a {{"])("%j has an action that is never closed", (text) => {
    expect(compileTemplate(text).fault).toMatchObject({ want: "}} after {{", at: 2 });
  });

  test("of any characters compiles, or is a fault with a place in the text, but never an exception", () => {
    const piece = fc.constantFrom("{{", "}}", "-", " ", ".Comm", ".Foo", "/*", "*/", "index", "a", "\n", "|", '"', "é");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const { value, fault } = compileTemplate(text);
        if (fault === undefined) expect(typeof value.render(facts, captures)).toBe("string");
        else expect(fault.at).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test("without braces is shown as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => !text.includes("{{")),
        (text) => expect(render(text)).toBe(text),
      ),
    );
  });
});
