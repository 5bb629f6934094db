import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePrivileges, readPrivileges } from "../../src/privileges/status.ts";

function status({ uid = 0, caps = "0000000000001000", nnp = 1, seccomp = 0 } = {}): string {
  const sets = ["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => `Cap${set}:\t${caps}`);
  return `Name:\tnode\nUid:\t1\t${uid}\t2\t3\n${sets.join("\n")}\nNoNewPrivs:\t${nnp}\nSeccomp:\t${seccomp}\nSeccomp_filters:\t1\n`;
}

describe("a thread's status", () => {
  test("gives the effective user, the sets, no_new_privs and whether system calls are filtered", () => {
    const set = 0x1000n;
    expect(parsePrivileges(status({ uid: 7, seccomp: 2 }))).toEqual({
      ...{ uid: 7, inheritable: set, permitted: set, effective: set, bounding: set, ambient: set },
      ...{ noNewPrivileges: true, seccomp: true },
    });
  });

  test.each(["", "Uid:\t0\t0\t0\t0\n", status({ caps: "xyz" })])(
    "that does not have the kernel's form gives undefined: %j",
    (text) => {
      expect(parsePrivileges(text)).toBeUndefined();
    },
  );
});

describe("the privileges of a process", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "status-"));
    const threads = [status({ seccomp: 2 }), status({ uid: 5, nnp: 0, caps: "0000000000800000" }), undefined];
    for (const [tid, text] of threads.entries()) {
      mkdirSync(join(folder, "task", String(tid)), { recursive: true });
      if (text !== undefined) writeFileSync(join(folder, "task", String(tid), "status"), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are all that any of its threads may do, without a thread that has exited meanwhile", () => {
    expect(readPrivileges(folder)).toMatchObject({
      ...{ uid: 0, permitted: 0x80_1000n, noNewPrivileges: false, seccomp: false },
    });
  });

  test("are unknown where /proc is not there", () => {
    expect(readPrivileges("/nonexistent")).toBeUndefined();
  });
});
