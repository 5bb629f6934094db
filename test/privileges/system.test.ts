/** The system calls, each made by a process of its own, against what /proc then says of it. */

import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CAP_NET_ADMIN,
  CAP_SETPCAP,
  CAP_SYS_NICE,
  formatCapabilities,
  includesAll,
  noCapabilities,
  numbersOf,
} from "../../src/privileges/capabilities.ts";
import { readPrivileges } from "../../src/privileges/status.ts";
import { spawnSync } from "../support/processes.ts";
import { describeUnless } from "../support/real-kernel.ts";

const built = (file: string): string => JSON.stringify(new URL(`../../dist/privileges/${file}`, import.meta.url).href);

/** A program that has `system`, and that prints values with `print` and the privileges of its main thread with `show`. */
const prelude = `
  import { readFileSync, openSync } from "node:fs";
  import { openPrivilegeSystem } from ${built("system.js")};
  import { parsePrivileges, readPrivileges } from ${built("status.js")};
  const system = openPrivilegeSystem();
  const print = (value) => console.log(JSON.stringify(value, (_key, item) => typeof item === "bigint" ? "0x" + item.toString(16) : item));
  const own = () => parsePrivileges(readFileSync("/proc/thread-self/status", "utf8"));
  const attempt = (call) => { try { call(); print("done"); } catch (error) { print(error.message); } };
  // Node has marked the standard streams to be closed where a program is executed.
  const keepStreams = () => [0, 1, 2].forEach((fd) => system.keepOpen(fd));
  const bytes = (...words) => words.map((word) => new TextEncoder().encode(word));
`;

function run(script: string, env: NodeJS.ProcessEnv = {}) {
  const { pid, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", prelude + script], {
    env: { ...process.env, ...env },
  });
  const lines = (): unknown[] =>
    stdout
      .toString()
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  return { pid, stdout, stderr: stderr.toString(), lines };
}

/** As a program's source, and as it is printed. */
const literal = (set: bigint): string => `${set}n`;
const hex = (set: bigint): string => `0x${set.toString(16)}`;

const current = readPrivileges();
const permitted = current?.permitted ?? noCapabilities;
const needed = CAP_SETPCAP | CAP_NET_ADMIN | CAP_SYS_NICE;
const obstacle = includesAll(permitted, needed)
  ? undefined
  : `not all of ${formatCapabilities(needed)} are permitted: run as root`;

describeUnless(obstacle, "the calling thread", () => {
  test("has exactly the sets that are given, and other threads keep theirs", () => {
    // The one with the greatest number is in the upper half of a set, where it is 32 or more.
    const greatest = 1n << BigInt(Math.max(...numbersOf(permitted)));
    const kept = CAP_SETPCAP | greatest;
    const { lines } = run(`
      system.setCapabilities({ effective: ${literal(CAP_SETPCAP)}, permitted: ${literal(kept)}, inheritable: ${literal(CAP_SYS_NICE)} });
      print(own());
      print(readPrivileges().permitted);
    `);
    expect(lines()).toEqual([
      expect.objectContaining({ effective: hex(CAP_SETPCAP), permitted: hex(kept), inheritable: hex(CAP_SYS_NICE) }),
      hex(permitted),
    ]);
  });

  test("has exactly the ambient set that was given last", () => {
    const { lines } = run(`
      const sets = { effective: ${literal(permitted)}, permitted: ${literal(permitted)}, inheritable: ${literal(needed)} };
      system.setCapabilities(sets);
      for (const set of [${literal(CAP_NET_ADMIN | CAP_SYS_NICE)}, ${literal(CAP_SETPCAP)}, 0n]) {
        system.setAmbient(set);
        print(own().ambient);
      }
    `);
    expect(lines()).toEqual([hex(CAP_NET_ADMIN | CAP_SYS_NICE), hex(CAP_SETPCAP), hex(noCapabilities)]);
  });

  test("loses from its bounding set what is dropped, and nothing else", () => {
    const bounding = current?.bounding ?? noCapabilities;
    const { lines } = run(`
      system.dropFromBounding(${literal(CAP_NET_ADMIN | CAP_SYS_NICE)});
      print(own().bounding);
    `);
    expect(lines()).toEqual([hex(bounding & ~(CAP_NET_ADMIN | CAP_SYS_NICE))]);
  });

  test("is told of a refused call by its name and errno", () => {
    const { lines } = run(`
      attempt(() => system.setAmbient(${literal(CAP_NET_ADMIN)}));
      system.setCapabilities({ effective: 0n, permitted: 0n, inheritable: 0n });
      attempt(() => system.setCapabilities({ effective: 0n, permitted: ${literal(CAP_NET_ADMIN)}, inheritable: 0n }));
      attempt(() => system.dropFromBounding(${literal(CAP_NET_ADMIN)}));
    `);
    expect(lines()).toEqual(["prctl(PR_CAP_AMBIENT_RAISE): EPERM", "capset: EPERM", "prctl(PR_CAPBSET_DROP): EPERM"]);
  });
});

describe("any process", () => {
  test("can forbid itself new privileges", () => {
    const { lines } = run("system.forbidNewPrivileges(); print(own().noNewPrivileges);");
    expect(lines()).toEqual([true]);
  });

  test("executes another program in its place: with the same id and environment, and arguments byte for byte", () => {
    const script = `
      keepStreams();
      const argument = Uint8Array.from([0xff, 0x20, 0x0a]);
      system.execute("/bin/sh", [...bytes("sh", "-c", 'printf "%s|%s|%s|%s" "$$" "$WORD" "$#" "$1"', "sh"), argument]);
    `;
    const { pid, stdout } = run(script, { WORD: "a b" });
    expect(stdout.toString("latin1")).toBe(`${pid}|a b|1|\xff \n`);
  });

  test("keeps a descriptor open over that only where it says so", () => {
    const path = join(mkdtempSync(join(tmpdir(), "keep-open-")), "file");
    writeFileSync(path, "kept\n");
    const script = (keep: string): string => `
      keepStreams();
      const fd = openSync(${JSON.stringify(path)});
      ${keep}
      system.execute("/bin/cat", bytes("cat", "/proc/self/fd/" + fd));
    `;
    expect(run(script("system.keepOpen(fd);")).stdout.toString()).toBe("kept\n");
    const closed = run(script(""));
    expect([closed.stdout.toString(), closed.stderr]).toEqual(["", expect.stringMatching(/^cat: .*No such file/)]);
  });

  test("goes on where a program cannot be executed or a descriptor is not open", () => {
    const { lines } = run(`
      attempt(() => system.execute("/nonexistent/program", bytes("program")));
      attempt(() => system.keepOpen(99_999));
    `);
    expect(lines()).toEqual(["execv: ENOENT", "fcntl(F_SETFD): EBADF"]);
  });
});
