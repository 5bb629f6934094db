/** The Kubernetes test's own parts, without a node: a check that cannot fail would prove nothing. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parsePage } from "../support/page.ts";
import { verifyAll } from "./checks/check.ts";
import { equalTallies, labelsOf } from "./checks/figures.ts";
import type { Cluster } from "./cluster.ts";
import { writeImageArchive } from "./image-archive.ts";
import { findOwned, startDaemon } from "./node/daemon.ts";
import { until, untilHolds } from "./wait.ts";
import { execFileSync } from "../support/processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubernetes-node-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fail = (message: string): Promise<never> => Promise.reject(new Error(message));

test("a check that fails is said so, counted, and keeps no other from being made", async () => {
  const checks = [
    { title: "fails", verify: () => fail("want 1, got 2") },
    { title: "passes", verify: () => Promise.resolve() },
  ];
  const lines: string[] = [];
  // No check here looks at it.
  const failed = await verifyAll(checks, {} as Cluster, (line) => void lines.push(line));
  expect(failed).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/^ {2}FAIL fails \(\d+\.\d s\)\n {9}want 1, got 2$/),
    expect.stringMatching(/^ {2}ok {3}passes /),
  ]);
});

const labels = 'groupname="true",namespace="shop",pod="storm",container="first"';
const page = parsePage(
  `taskstats_process_exits_total{${labels},reason="exited",code="0"} 500\n` +
    `taskstats_process_exits_total{${labels},reason="signaled",code="SIGKILL"} 1\n` +
    'taskstats_process_exits_total{groupname="unidentified",reason="exited",code="0"} 7\n',
);

test("one end too few is an error that tells where such ends are counted", () => {
  const tallies = [{ groupname: "true", code: "0", count: 501 }];
  expect(() => equalTallies(page, labelsOf("storm", "first"), tallies)).toThrow(
    /want 501, got 500\n(?:.*\n)*.*groupname="unidentified".* 7/,
  );
});

test("an end of another kind than the container tells of is an error", () => {
  const tallies = [{ groupname: "true", code: "0", count: 500 }];
  expect(() => equalTallies(page, labelsOf("storm", "first"), tallies)).toThrow("all ends of these commands");
});

test("what does not come in time is an error with the last reason, and is asked for more than once", async () => {
  const asked: number[] = [];
  const ask = (): Promise<never> => fail(`reason ${asked.push(0)}`);
  await expect(until("an answer", ask, 300)).rejects.toThrow(/an answer: want it within 0.3 s, got reason [2-9]/);
  const answers = [() => fail("not yet"), () => Promise.resolve()];
  await untilHolds("a check", () => answers.shift()?.() ?? fail("asked again"));
  expect(answers).toEqual([]);
});

test("an image names its layer by the sum of what is in it", async () => {
  const root = join(folder, "root");
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(join(root, "bin/program"), "text");
  const file = join(folder, "image.tar");
  await writeImageArchive({ name: "localhost/program:1", root, entrypoint: ["/bin/program"], file });
  execFileSync("tar", ["-x", "-f", file, "-C", folder]);
  const read = (name: string): string => execFileSync("cat", [join(folder, name)], { encoding: "utf8" });
  const [{ Config, RepoTags, Layers }] = JSON.parse(read("manifest.json")) as [
    { readonly Config: string; readonly RepoTags: string[]; readonly Layers: string[] },
  ];
  const layer = join(folder, Layers[0] ?? "");
  const [sum = ""] = execFileSync("sha256sum", [layer], { encoding: "utf8" }).split(" ");
  expect(RepoTags).toEqual(["localhost/program:1"]);
  expect(JSON.parse(read(Config))).toMatchObject({ rootfs: { type: "layers", diff_ids: [`sha256:${sum}`] } });
  expect(execFileSync("tar", ["-t", "-f", layer], { encoding: "utf8" })).toContain("./bin/program\n");
});

test("what a daemon has started is found by its owner when the daemon has ended, and nobody else's is", async () => {
  const owner = join(folder, "state");
  const options = { name: "sleeper", logs: folder, command: ["sh", "-c", "sleep 1000 & exec sleep 1000"] };
  const daemon = startDaemon({ ...options, owner });
  const other = startDaemon({ ...options, owner: `${owner}-other` });
  try {
    const both = () => Promise.resolve(findOwned(owner).length === 2 ? true : undefined);
    await until("two processes", both);
    expect(findOwned(owner)).toContain(daemon.pid);
    await daemon.kill();
    expect(() => daemon.check()).toThrow("sleeper: want it to run, got its end");
    expect(findOwned(owner)).toHaveLength(1);
    other.check();
  } finally {
    for (const pid of [...findOwned(owner), ...findOwned(`${owner}-other`)]) process.kill(pid, "SIGKILL");
  }
});
