/** Checks the writer's layouts against numbers of the real header, since other tests rely on them. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { execFileSync } from "./processes.ts";
import { findMissing, testUnless } from "./real-kernel.ts";
import { declarationsOf, futureVersion, structVersions } from "./struct-declarations.ts";
import { structLayout, writeStruct } from "./struct-writer.ts";

/** sizeof(struct taskstats) by version, as kernels of that version send it. */
const sizes: Readonly<Record<number, number>> = {
  4: 272, 5: 288, 6: 312, 7: 328, 8: 328, 9: 344, 10: 352, 11: 368, 12: 400, 13: 416, 14: 432, 15: 560, 16: 560, 17: 688,
}; // prettier-ignore

/** offsetof by member: from the type information of a running 6.18 kernel. */
const version16: Readonly<Record<string, number>> = {
  version: 0, ac_exitcode: 4, ac_flag: 8, ac_nice: 9, cpu_count: 16, cpu_delay_total: 24, blkio_count: 32,
  blkio_delay_total: 40, swapin_count: 48, swapin_delay_total: 56, cpu_run_real_total: 64, cpu_run_virtual_total: 72,
  ac_comm: 80, ac_sched: 112, ac_pad: 113, ac_uid: 120, ac_gid: 124, ac_pid: 128, ac_ppid: 132, ac_btime: 136,
  ac_etime: 144, ac_utime: 152, ac_stime: 160, ac_minflt: 168, ac_majflt: 176, coremem: 184, virtmem: 192,
  hiwater_rss: 200, hiwater_vm: 208, read_char: 216, write_char: 224, read_syscalls: 232, write_syscalls: 240,
  read_bytes: 248, write_bytes: 256, cancelled_write_bytes: 264, nvcsw: 272, nivcsw: 280, ac_utimescaled: 288,
  ac_stimescaled: 296, cpu_scaled_run_real_total: 304, freepages_count: 312, freepages_delay_total: 320,
  thrashing_count: 328, thrashing_delay_total: 336, ac_btime64: 344, compact_count: 352, compact_delay_total: 360,
  ac_tgid: 368, ac_tgetime: 376, ac_exe_dev: 384, ac_exe_inode: 392, wpcopy_count: 400, wpcopy_delay_total: 408,
  irq_count: 416, irq_delay_total: 424, cpu_delay_max: 432, cpu_delay_min: 440, blkio_delay_max: 448,
  blkio_delay_min: 456, swapin_delay_max: 464, swapin_delay_min: 472, freepages_delay_max: 480,
  freepages_delay_min: 488, thrashing_delay_max: 496, thrashing_delay_min: 504, compact_delay_max: 512,
  compact_delay_min: 520, wpcopy_delay_max: 528, wpcopy_delay_min: 536, irq_delay_max: 544, irq_delay_min: 552,
}; // prettier-ignore

const offsetsOf = (version: number): Record<string, number> =>
  Object.fromEntries([...structLayout(version).members].map(([name, { offset }]) => [name, offset]));

test.each(Object.entries(sizes))("version %s has the size that kernels send: %i bytes", (version, bytes) => {
  expect(structLayout(Number(version)).bytes).toBe(bytes);
});

test("version 16 has the offsets of a running 6.18 kernel", () => {
  expect(offsetsOf(16)).toEqual(version16);
});

test("every version but 15 begins with the one before it", () => {
  const prefixed = structVersions.filter((version) => version > 4 && version !== 15);
  for (const version of prefixed) {
    const before = offsetsOf(version === 16 ? 14 : version - 1);
    expect(offsetsOf(version)).toMatchObject(before);
  }
  expect(offsetsOf(15)).not.toMatchObject(offsetsOf(14));
});

const withoutCompiler = findMissing(["cc"]);
const header = "/usr/include/linux/taskstats.h";
const withoutHeader = existsSync(header) ? undefined : `${header} is missing: apt-get install linux-libc-dev`;

/** Compiles one program that prints all offsets and sizes of a struct, and runs it. */
function askCompiler(include: string, members: readonly string[]): Record<string, number> {
  const directory = mkdtempSync(join(tmpdir(), "struct-writer-"));
  const lines = members.map((name) => `printf("${name} %zu\\n", offsetof(struct taskstats, ${name}));`);
  const body = `${lines.join("\n")} printf("sizeof %zu\\n", sizeof(struct taskstats));`;
  const source = `#include <stddef.h>\n#include <stdio.h>\n${include}\nint main(void) { ${body} return 0; }\n`;
  writeFileSync(join(directory, "offsets.c"), source);
  try {
    execFileSync("cc", ["-o", join(directory, "offsets"), join(directory, "offsets.c")]);
    const output = execFileSync(join(directory, "offsets"), { encoding: "utf8" });
    const pairs = output
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    return Object.fromEntries(pairs.map(([name = "", value]) => [name, Number(value)]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const cTypes = `#include <linux/types.h>
struct __kernel_timespec { long long tv_sec; long long tv_nsec; };`;

// Where there is no compiler the tests above still hold the layouts to the kernel's own numbers.
testUnless(withoutCompiler).each([15, futureVersion])(
  "version %i has the offsets that a C compiler computes from its declarations",
  (version) => {
    const { members, bytes } = structLayout(version);
    const include = `${cTypes}\nstruct taskstats { ${declarationsOf(version)} };`;
    expect(askCompiler(include, [...members.keys()])).toEqual({ ...offsetsOf(version), sizeof: bytes });
  },
);

testUnless(withoutCompiler ?? withoutHeader)(
  "all members of version 4 are where the system's own header has them",
  () => {
    const members = [...structLayout(4).members.keys()];
    const { sizeof, ...offsets } = askCompiler("#include <linux/taskstats.h>", members);
    expect(offsets).toEqual(offsetsOf(4));
    expect(Object.values(sizes)).toContain(sizeof);
  },
);

test("a member that a version does not have is refused", () => {
  expect(() => writeStruct(4, { nvcsw: 1 })).toThrow("version 4 has no member nvcsw");
  expect(() => writeStruct(futureVersion + 1, {})).toThrow(`no struct taskstats of version ${futureVersion + 1}`);
});

test("a value that does not fit its member is refused", () => {
  expect(() => writeStruct(4, { ac_flag: 256 })).toThrow("ac_flag: 256 does not fit in 1 bytes");
  expect(() => writeStruct(4, { ac_comm: "x".repeat(33) })).toThrow("no room");
  expect(() => writeStruct(4, { ac_uid: "root" })).toThrow("no room");
  expect(writeStruct(4, { ac_nice: -20 })[9]).toBe(256 - 20);
});
