/** The commands of README.md: each is run as it stands there, or is in a list with the reason why not. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useDelayacct } from "../support/delayacct.ts";
import { codeSpansOf, fencesOf } from "../support/markdown.ts";
import { spawn } from "../support/processes.ts";
import { builtMain, outcomeOf, runProgram, startProgram, type Outcome, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";

const readme = readFileSync("README.md", "utf8");
const fences = fencesOf(readme);
const blocks = (language: string): string[] =>
  fences.flatMap((fence) => (fence.language === language ? fence.text : []));

/** What a line of a block has after `#` is a remark. */
const commandOf = (line: string): string =>
  line
    .replace(/^\$ /, "")
    .replace(/ {2,}#.*$/, "")
    .trim();

const sessions = blocks("console").map((text) => text.split("\n"));
const scripts = blocks("sh").flatMap((text) => text.split("\n"));
const isTyped = (line: string): boolean => line.startsWith("$ ");
const typed = [...sessions.flat().filter(isTyped), ...scripts].map(commandOf);

/** Commands of the table that end by themselves; `events` does not, and is run in the block that shows it. */
const program = codeSpansOf(readme).filter(
  (text) => text.startsWith("node dist/main.js ") && !text.startsWith("node dist/main.js events"),
);

/** The exporter itself: what `npm start` does after it has installed and built, on a free port. */
const start = "npm start &";

/** Shows exits until it is killed. */
const events = "node dist/main.js events --group=dd --group=sh &";
const killEvents = "kill %2";

const run = [
  "dd if=/dev/zero of=x bs=1M count=64 oflag=direct; sh -c 'kill -KILL $$'; sh -c 'exit 3'",
  "sysctl -qw kernel.task_delayacct=1",
  "for i in $(seq 300); do /bin/true; done; dd if=/dev/zero of=x bs=1M count=64 oflag=direct; sh -c 'kill -SEGV $$'",
  `curl -s localhost:10275/metrics | grep -E '"(true|dd|sh)"'`,
  "node dist/main.js top --once --sort=exits --exporter=http://localhost:10275/",
];

/** Commands that are not run here, with the reason. */
const notRun: Readonly<Record<string, string>> = {
  "npm start": "the command above is run in its place",
  "npm test": "runs this test",
  "docker build -f deploy/docker/Dockerfile -t taskstats-exporter:0.1.0 .":
    "needs a registry; npm run test:image builds the image without one",
  "docker run --rm --network=host --pid=host --read-only --cap-drop=ALL --cap-add=NET_ADMIN taskstats-exporter:0.1.0":
    "needs the image; npm run test:image runs it with these options",
};

/**
 * A line with what differs from run to run taken out: the value at its end, the widths of columns, and of an exit all but its group, its
 * command and how it ended.
 */
function shapeOf(line: string): string {
  const [time = "", group = "", , , command = "", how = ""] = line.split(/ {2,}/);
  if (/^\d\d:\d\d:\d\d\.\d{3}$/.test(time)) return `${group} ${command} ${how}`;
  return line.replace(/ {2,}/g, " ").replace(/ [\d.]+(e[+-]\d+)?$/, " NUMBER");
}

/** A group of `top`. It shows the last sample, which may be older than the processes of the line before. */
const isGroupRow = (line: string): boolean => /^\S+ {2,}\d+ /.test(line);

test("README.md has no command that is neither run nor in the list of those that are not", () => {
  expect([...typed].sort()).toEqual([start, events, killEvents, ...run, ...Object.keys(notRun)].sort());
});

test("README.md has no fenced block of a language that is not looked at", () => {
  expect([...new Set(fences.map(({ language }) => language))].sort()).toEqual(["console", "sh", "yaml"]);
});

test("npm start runs the program that is run here in its place", () => {
  const { scripts: named } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  expect(named["start"]).toBe("node dist/main.js");
});

describeKernel(
  "on this kernel",
  () => {
    // So that what README.md shows needs no setting that README.md does not make.
    useDelayacct("0");
    let exporter: Program | undefined;
    let shown: { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } | undefined;
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(diskFolder(), "readme-"));
    });
    afterAll(() => exporter?.stop());

    async function type(line: string): Promise<string> {
      const command = commandOf(line);
      if (command === start) {
        exporter = await startProgram();
        return "";
      }
      if (command === events) {
        const args = command.split(" ").slice(2, -1);
        const child = spawn(process.execPath, [builtMain, ...args], { stdio: ["ignore", "pipe", "pipe"] });
        shown = { child, outcome: outcomeOf(child) };
        // Its first message says that it listens.
        await once(child.stderr, "data");
        return "";
      }
      if (command === killEvents) {
        shown?.child.kill();
        return (await shown?.outcome)?.stdout ?? "";
      }
      const { host = "no exporter" } = exporter === undefined ? {} : new URL(exporter.url);
      const address = command
        .replaceAll("localhost:10275", host)
        .replace("node dist/main.js", `${process.execPath} ${builtMain}`);
      return (await outcomeOf(spawn("bash", ["-c", address], { cwd: folder }))).stdout;
    }

    test.each(sessions.map((session) => ({ first: session.find(isTyped) ?? "", session })))(
      "the commands from '$first' on write the lines that README.md shows",
      async ({ session }) => {
        const written: string[] = [];
        for (const line of session.filter(isTyped)) written.push(...(await type(line)).split("\n"));
        const shown = session.filter((line) => !isTyped(line) && line !== "..." && !isGroupRow(line));
        expect(shown.length).toBeGreaterThan(0);
        const shapes = new Set(written.map(shapeOf));
        expect(shown.filter((line) => !shapes.has(shapeOf(line)))).toEqual([]);
      },
    );

    test.each(program)("'%s' succeeds and writes something", async (command) => {
      const rules = join(folder, "rules.yaml");
      writeFileSync(rules, blocks("yaml").join("\n"));
      const given = command.replace("FILE", rules).replace("--delay=10s", "--delay=0s").split(" ").slice(2);
      const { status, stdout } = await runProgram(given);
      expect(status).toBe(0);
      expect(stdout).not.toBe("");
    });
  },
  { needs: ["bash", "curl", "sysctl"] },
);
