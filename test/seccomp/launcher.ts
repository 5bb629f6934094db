/** Starts a program under a filter, as a container's runtime does, by launch.c: no runtime is needed for that. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram } from "../support/workloads.ts";
import { execFileSync } from "../support/processes.ts";
import type { Condition, Profile, Rule } from "./profile.ts";

const word = 0xffff_ffff;

function formatCondition({ index, value, valueTwo = 0, op }: Condition): string {
  // Of a comparison under a mask the first value is the mask.
  return op === "SCMP_CMP_EQ" ? `${index} ${word} ${value}` : `${index} ${value} ${valueTwo}`;
}

/** Numbers of calls on this machine, as its C library has them; calls that this machine lacks are left out. */
export function readNumbers(folder: string, names: readonly string[]): ReadonlyMap<string, number> {
  const source = join(folder, "numbers.c");
  const lines = names.map((name) => `#ifdef SYS_${name}\n"${name}", SYS_${name}\n#endif`);
  writeFileSync(source, `#include <sys/syscall.h>\n${lines.join("\n")}\n`);
  const text = execFileSync("cc", ["-E", "-P", source], { encoding: "utf8" });
  return new Map([...text.matchAll(/^"(\w+)", (\d+)$/gm)].map(([, name = "", number]) => [name, Number(number)]));
}

function formatRule({ action, errnoRet = 1, args = [] }: Rule, number: number): string {
  if (action === "SCMP_ACT_ERRNO") return `${number} ! ${errnoRet}`;
  return [number, ...args.map(formatCondition)].join(" ");
}

/** @returns the words before a command that put it under the profile @param folder for files, which the command needs to start */
export function launcherOf(profile: Profile, folder: string): readonly string[] {
  const numbers = readNumbers(
    folder,
    profile.syscalls.flatMap(({ names }) => names),
  );
  const lines = profile.syscalls.flatMap((rule) =>
    rule.names.flatMap((name) => {
      const number = numbers.get(name);
      return number === undefined ? [] : [formatRule(rule, number)];
    }),
  );
  const rules = join(folder, "rules");
  writeFileSync(rules, `${lines.join("\n")}\n`);
  return [buildProgram(join(import.meta.dirname, "launch.c")), rules];
}
