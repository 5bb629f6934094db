import { describe, expect, test } from "@jest/globals";
import { judgeAgentKey } from "../../src/config/agent-keys.ts";
import { parseConfig } from "../../src/config/load.ts";

const rules = "process_names:\n- { name: '{{.Comm}}', cmdline: ['farm_.*'] }\n";

describe("a key of another program", () => {
  test("is ignored with a warning if that changes nothing, as in an unchanged block of Grafana's agent", () => {
    const { warnings, rules: read } = parseConfig(
      `enabled: true\ntrack_children: true\nrecheck_on_scrape: true\n${rules}`,
      "f",
    );
    expect(read).toHaveLength(1);
    expect(warnings).toEqual([
      "f:1:1: enabled has no effect: the program serves whenever it is started",
      "f:2:1: track_children has no effect: unmatched children join their parent's group unless --no-children is given",
      "f:3:1: recheck_on_scrape has no effect: the group of a running process is always looked for again",
    ]);
  });

  test.each([
    ["enabled", "yes"],
    ["recheck_on_scrape", "false"],
    ["track_threads", "true"],
    ["gather_smaps", "false"],
    ["procfs_path", "/proc"],
    ["remove_empty_groups", "true"],
    ["scrape_interval", "15s"],
    ["relabel_configs", []],
    ["track_children", null],
  ])("%s: %j is ignored", (key, value) => expect(judgeAgentKey(key, value)?.kind).toBe("ignored"));

  test.each([
    ["enabled", "false", "do not start"],
    ["track_children", "no", "--no-children"],
    ["procfs_path", "/host/proc", "--path.procfs"],
    ["metric_relabel_configs", [{}], "scrape configuration"],
    ["integrations", {}, "process_exporter"],
    ["groups", [], "process_names"],
  ])("%s: %j is refused, with the setting to use instead", (key, value, remedy) => {
    const verdict = judgeAgentKey(key, value);
    expect(verdict).toMatchObject({ kind: "refused" });
    expect(verdict?.kind === "refused" ? verdict.remedy : "").toContain(remedy);
  });

  test("is an error with its value and its place", () => {
    expect(() => parseConfig(`${rules}procfs_path: /host/proc\n`, "f")).toThrow(
      "CONFIG at f:3:1: want no key of another program, got procfs_path: /host/proc; remove the key, and start the program with --path.procfs=DIRECTORY",
    );
  });

  test("is unknown if it is not in the table, or if it is a key of a rule", () => {
    expect(judgeAgentKey("process_names", [])).toBeUndefined();
    expect(() => parseConfig("process_names:\n- { comm: [a], enabled: true }\n", "f")).toThrow('got "enabled"');
  });
});

describe("a key that begins with x- or a dot", () => {
  const read = (text: string) => parseConfig(text, "f");

  test("is ignored and only holds an anchor, at the top, in a rule and in a section", () => {
    const { rules, warnings } = read(`
x-team: &team { team: shop }
.names: &names [a, b]
limits: { x-why: "many users", max_groups: 7 }
process_names:
- { name: n, comm: *names, .zone: &zone { zone: a }, labels: { <<: [*team, *zone] } }
- { name: n, x-note: [anything, { at: all }], comm: [c], labels: *team }
`);
    expect(rules).toEqual([
      { name: "n", comm: ["a", "b"], labels: { team: "shop", zone: "a" } },
      { name: "n", comm: ["c"], labels: { team: "shop" } },
    ]);
    expect(warnings).toEqual([]);
  });

  test("is not the name of a label", () => {
    expect(() => read("process_names:\n- { comm: [a], labels: { x-team: b } }\n")).toThrow("want a label name");
  });

  test.each(["y-team", "x_team", "xteam"])("is not one like %s", (key) => {
    expect(() => read(`${key}: &t { team: a }\n`)).toThrow(`got "${key}"`);
  });
});

test("all keys of the agent's documentation are known", () => {
  // The list is copied from the documentation, so that a wrong spelling in the table is found.
  const documented = [
    "enabled",
    "instance",
    "scrape_integration",
    "scrape_interval",
    "scrape_timeout",
    "relabel_configs",
  ];
  const ofProcesses = ["metric_relabel_configs", "procfs_path", "track_children", "track_threads", "gather_smaps"];
  const all = [...documented, ...ofProcesses, "wal_truncate_frequency", "recheck_on_scrape", "remove_empty_groups"];
  expect(all.filter((key) => judgeAgentKey(key, "x") === undefined)).toEqual([]);
});
