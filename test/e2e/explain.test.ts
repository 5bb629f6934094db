/** `explain` of the built program on real processes. Serving must agree with it, and no name may control the terminal. */

import { afterEach, expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { useConfigFile } from "../support/config-file.ts";
import { startHostile } from "../support/hostile.ts";
import { escapeHtml } from "../../src/http/pages/html.ts";
import { readableText } from "../support/look.ts";
import { endLives, own, startLife, withLinks } from "../support/life.ts";
import { spawnSync } from "../support/processes.ts";
import { runProgram, startProgram, type Outcome, type Program } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";

/** One process as `explain --json` prints it. */
interface Explained {
  readonly tgid: number;
  readonly comm: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly reason: string;
}

const plain = ["env", "-u", "FORCE_COLOR", "-u", "NO_COLOR"];
const coloured = ["env", "-u", "NO_COLOR", "FORCE_COLOR=1"];

const explain = (flags: readonly string[], through = plain): Promise<Outcome> =>
  runProgram(["explain", ...flags], { through });

async function explainAll(flags: readonly string[]): Promise<readonly Explained[]> {
  const { status, stdout, stderr } = await explain([...flags, "--json"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as readonly Explained[];
}

/** Characters that control a terminal or end a line, except the line feed. Colours are removed before the search. */
const control = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const colour = /\u001b\[\d{1,2}m/g;

describeKernel("explain", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  const rules = {
    process_names: [
      { name: "words {{.Matches.word}}", comm: [own("program")], cmdline: ["--resume (?P<word>\\w+)$"] },
      { name: "named", comm: [own("named")], user: ["^root$"], labels: { team: "a" } },
      { name: "hidden", comm: [own("ignored")], ignore: true },
    ],
  };

  /** Starts a process for each kind of outcome. @returns their ids */
  async function startAll(path: (name: string) => string) {
    const word = await startLife(own("begins"));
    await word.tell(`exec ${path(own("program"))} word`);
    const named = await startLife(own("named"));
    const parent = named.pid;
    const child = await named.tell("fork");
    await named.tell(`name ${own("child")}`);
    const ignored = await startLife(own("ignored"));
    return { word: word.pid, named: parent, child, ignored: ignored.pid };
  }

  test("says of all processes what the serving exporter says and bills", async () => {
    const flag = config.write(rules);
    await withLinks([own("program")], async (path) => {
      const pids = await startAll(path);
      const all = await explainAll([flag]);
      const find = (pid: number) => all.find(({ tgid }) => tgid === pid);
      expect(find(pids.word)).toEqual({
        ...{ tgid: pids.word, comm: own("program") },
        ...{ labels: { groupname: "words word" }, reason: "rule 1" },
      });
      expect(find(pids.named)?.labels).toEqual({ groupname: "named", team: "a" });
      expect(find(pids.child)).toMatchObject({
        ...{ comm: own("child"), labels: { groupname: "named", team: "a" } },
        reason: "no rule matches: its parent's group",
      });
      expect(find(pids.ignored)).toEqual({ tgid: pids.ignored, comm: own("ignored"), reason: "rule 3 ignores it" });
      program = await startProgram([flag]);
      const page = await program.scrape();
      for (const groupname of ["words word", "named"]) {
        const members = all.filter(({ labels }) => labels?.["groupname"] === groupname);
        expect(page.sum("taskstats_processes", { groupname })).toBe(members.length);
      }
      // A process is on its group's page from the next sample on.
      for (const pid of [pids.word, pids.named, pids.child]) {
        const { comm, reason, labels } = find(pid) ?? {};
        const address = `/group?${new URLSearchParams(labels).toString()}`;
        const read = async (): Promise<string> => readableText(await (await (program as Program).get(address)).text());
        const line = `${pid} ${comm ?? ""} ${escapeHtml(reason ?? "")}`;
        while (!(await read()).includes(line)) await pause(200);
      }
    });
  });

  test("leaves unmatched children out where the exporter would", async () => {
    const flag = config.write(rules);
    await withLinks([own("program")], async (path) => {
      const pids = await startAll(path);
      const all = await explainAll([flag, "--no-children"]);
      expect(all.find(({ tgid }) => tgid === pids.child)).toEqual({
        ...{ tgid: pids.child, comm: own("child") },
        reason: "no rule matches",
      });
      program = await startProgram([flag, "--no-children"]);
      expect((await program.scrape()).sum("taskstats_processes", { groupname: "named" })).toBe(1);
    });
  });

  test("says of one process which key of which rule decided, for people and for programs", async () => {
    const flag = config.write(rules);
    await withLinks([own("program")], async (path) => {
      const { named } = await startAll(path);
      const { status, stdout } = await explain([flag, `--pid=${named}`]);
      const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ").trim());
      expect(status).toBe(0);
      expect(lines).toEqual([
        `process  ${named} ${own("named")}`,
        "group  named team=a",
        "why  rule 2",
        "",
        "RULE  NAME  OUTCOME  REASON",
        expect.stringContaining(
          `1  words {{.Matches.word}}  mismatch  comm does not match "${own("program")}": the process has "${own("named")}"`,
        ),
        expect.stringMatching(/^cmdline does not match "--resume .*: the process has "/),
        `2  named  matched  comm matches "${own("named")}": the process has "${own("named")}"`,
        'user matches "^root$": the process has "root"',
        "3  hidden  not reached",
        "",
      ]);
      const json = await explain([flag, `--pid=${named}`, "--json"]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        ...{ tgid: named, comm: own("named"), labels: { groupname: "named", team: "a" }, reason: "rule 2" },
        identity: { tgid: named, comm: own("named"), user: "root" },
        rules: [
          { rule: 0, outcome: "mismatch" },
          { rule: 1, outcome: "matched", keys: [{ key: "comm", outcome: "matched" }, { key: "user" }] },
          { rule: 2, outcome: "not reached", keys: [] },
        ],
      });
    });
  });

  test("gives each command a group without a configuration, as serving does", async () => {
    const { pid } = await startLife(own("alone"));
    const all = await explainAll([]);
    expect(all.find(({ tgid }) => tgid === pid)).toEqual({
      ...{ tgid: pid, comm: own("alone") },
      ...{ labels: { groupname: own("alone") }, reason: "its command" },
    });
    const { stdout } = await explain([`--pid=${pid}`]);
    expect(stdout.replaceAll(/ {2,}/g, "  ")).toBe(
      `process  ${pid} ${own("alone")}\ngroup  ${own("alone")}\nwhy  its command\n`,
    );
    program = await startProgram();
    expect((await program.scrape()).sum("taskstats_processes", { groupname: own("alone") })).toBe(1);
  });

  test("writes in colours if the environment asks for them, and not into a pipe", async () => {
    const { pid } = await startLife(own("named"));
    const flags = [config.write(rules), `--pid=${pid}`];
    const [inPipe, forced] = [await explain(flags), await explain(flags, coloured)];
    expect(inPipe.stdout).not.toContain("\u001b");
    expect(forced.stdout).toContain("\u001b[32mmatched\u001b[39m");
    expect(forced.stdout.replaceAll(colour, "")).toBe(inPipe.stdout);
    expect((await explain([...flags, "--json"], coloured)).stdout).not.toContain("\u001b");
  });

  testUnless(findMissing(["perl"]))(
    "sends no control character of a command, argument or name to the terminal",
    async () => {
      const evil = Buffer.from("\u001b]0;\u0007\u009b2J\r\n\u202e");
      const flag = config.write({
        process_names: [{ name: "{{.Matches.x}}", cmdline: [`(?s)(?P<x>.*) ${own("evil")}$`] }],
      });
      const process = await startHostile({ file: evil, argv0: evil, rest: [evil, Buffer.from(own("evil"))] });
      try {
        const [all, one] = [[flag], [flag, `--pid=${process.pid}`]];
        for (const flags of [all, one]) {
          for (const through of [plain, coloured]) {
            const { status, stdout, stderr } = await explain(flags, through);
            expect(status).toBe(0);
            expect(stdout).toContain("\\x1b]0;\\x07");
            expect(control.exec(stdout.replaceAll(colour, "") + stderr)).toBeNull();
          }
          const json = await explain([...flags, "--json"]);
          expect(control.exec(json.stdout)).toBeNull();
          const document = JSON.parse(json.stdout) as Explained | readonly Explained[];
          const told = [document].flat().find(({ tgid }) => tgid === process.pid);
          expect(told?.comm).toBe(evil.subarray(0, 15).toString("utf8"));
        }
      } finally {
        await process.end();
      }
    },
  );

  test("says that a process does not exist, is a zombie, or is a kernel thread", async () => {
    const gone = spawnSync("/bin/true").pid;
    const life = await startLife(own("undead"), { late: true });
    const zombie = life.pid;
    await life.die("exit 3");
    const answers = [
      [
        gone,
        "PROCESS_MISSING at explain --pid=PID: want the id of a process or thread, got an id of none; choose a live",
      ],
      [zombie, "TASK_UNFIT at explain --pid=PID: want a live process, got a zombie: it has ended, and its parent "],
      [
        2,
        "TASK_UNFIT at explain --pid=PID: want a live process, got the kernel thread kthreadd, .*; add --kernel-threads",
      ],
    ] as const;
    for (const [pid, message] of answers) {
      const { status, stdout, stderr } = await explain([`--pid=${pid}`]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(new RegExp(message.replace("PID", String(pid))));
    }
    await life.reap();
    expect((await explain(["--pid=2", "--kernel-threads"])).stdout).toContain("kthreadd");
  });

  test("names the process of a thread, and explains that process", async () => {
    // A thread of this process: Node has several.
    const thread = Math.max(...readdirSync("/proc/self/task").map(Number));
    const { status, stdout } = await explain([`--pid=${thread}`]);
    expect([status, stdout.replaceAll(/ {2,}/g, " ")]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^thread ${thread} \\S+, one of process ${process.pid}\nprocess ${process.pid} `),
      ),
    ]);
    const json = await explain([`--pid=${thread}`, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ tgid: process.pid, thread: { pid: thread } });
    const query = await runProgram(["query", `--tgid=${thread}`]);
    expect(query.stdout).toContain(`note: ${thread} is a thread of process ${process.pid}, whose sums these are`);
  });

  test("reports a bad configuration, and an id that is no number", async () => {
    const bad = await explain([config.write("process_names:\n- comm: x\n  oops: 1\n")]);
    expect([bad.status, bad.stdout]).toEqual([1, ""]);
    expect(bad.stderr).toContain(`CONFIG at ${config.path}:3:3: `);
    const { status, stderr } = await explain(["--pid=x"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("FLAG_VALUE at --pid")]);
  });
});
