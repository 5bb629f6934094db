import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../support/program.ts";

let file = "";
beforeAll(() => void (file = join(mkdtempSync(join(tmpdir(), "check-config-")), "rules.yaml")));
afterAll(() => rmSync(join(file, ".."), { recursive: true }));

const good = `process_names:
- {name: shells, comm: [bash], labels: {team: a}}
- {name: shells, comm: [zsh], labels: {team: a}}
- {name: "{{.Comm}}", cgroup: [x], user: [y]}
- {name: hidden, comm: [vim], ignore: true}
- comm: [bash]
`;
const bad = "process_names:\n- com: [bash]\n- {comm: [a], ignore: perhaps}\n";

async function check(text: string, ...flags: readonly string[]) {
  writeFileSync(file, text);
  return runProgram(["check-config", file, ...flags]);
}

describe("check-config", () => {
  test("prints a summary of a valid file, with its warnings", async () => {
    expect(await check(good)).toEqual({
      status: 0,
      stderr: "",
      stdout: `${file} is valid
rules: 5
groups shown from the start: shells{team="a"}
read of each process: command name, users, control groups, command lines
warning: ${file}:6:3: this rule never matches: the rule at ${file}:2:3 takes all that it asks for
`,
    });
  });

  test("says that a file with only comments is valid, and warns", async () => {
    const { status, stdout } = await check("# process_names:\n");
    expect(status).toBe(0);
    expect(stdout).toContain(`${file} is valid\nrules: none, so a group per command name\n`);
    expect(stdout).toContain(`warning: ${file}: there is nothing but comments here`);
  });

  test("prints the summary as JSON with --json", async () => {
    const { status, stdout } = await check(good, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: true,
      rules: 5,
      declared: [{ groupname: "shells", team: "a" }],
      needs: ["user", "cgroups", "argv"],
    });
  });

  test("prints a line for each mistake and ends with status 1", async () => {
    const { status, stdout, stderr } = await check(bad);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toEqual([
      `taskstats-exporter: CONFIG at ${file}:2:3: want one of name, comm, exe, cmdline, user, unit, cgroup, labels, ignore, got "com"; did you mean comm?`,
      `CONFIG at ${file}:3:23: want true or false, got "perhaps"; mend the place that the message names`,
    ]);
  });

  test("prints the mistakes as JSON with --json, and ends with status 1", async () => {
    const { status, stdout } = await check(bad, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      errors: [
        { where: `${file}:2:3`, remedy: "did you mean comm?" },
        { where: `${file}:3:23`, want: "true or false", got: '"perhaps"' },
      ],
    });
  });
});
