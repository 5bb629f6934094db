/** Wait statuses, compared with wait(2) and with the shell's names of signals. */

import { constants } from "node:os";
import { expect, test } from "@jest/globals";
import { exitStatusKey, isExitCode, parseExitStatus } from "../../src/fields/exit-status.ts";
import { execFileSync } from "../support/processes.ts";
import { findMissing, testUnless } from "../support/real-kernel.ts";

/** W_EXITCODE of waitflags.h. */
const statusOf = (code: number, signal: number): number => (code << 8) | signal;
const WCOREFLAG = 0x80;

/** Last real-time signal. */
const SIGRTMAX = 64;

test("an exit code of 0 to 255 is given as text", () => {
  for (let code = 0; code <= 255; code++) {
    expect(parseExitStatus(statusOf(code, 0))).toEqual({ reason: "exited", code: String(code) });
  }
});

test("a signal is given by its name, and the reason says whether a core was dumped", () => {
  expect(parseExitStatus(statusOf(0, 9))).toEqual({ reason: "signaled", code: "SIGKILL" });
  expect(parseExitStatus(statusOf(0, 11 | WCOREFLAG))).toEqual({ reason: "dumped", code: "SIGSEGV" });
  expect(parseExitStatus(statusOf(0, 6 | WCOREFLAG))).toEqual({ reason: "dumped", code: "SIGABRT" });
});

test("every signal of this system has the number that its name stands for", () => {
  const numbers: Readonly<Record<string, number | undefined>> = constants.signals;
  for (let signal = 1; signal <= 31; signal++) {
    expect(numbers[parseExitStatus(signal).code]).toBe(signal);
  }
});

testUnless(findMissing(["bash"]))("the names are those of kill -l, the real-time ones counted from SIGRTMIN", () => {
  const script = `for signal in $(seq 1 31) $(seq 34 ${SIGRTMAX}); do kill -l $signal; done`;
  const names = execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
  // The shell names the upper half by counting down from SIGRTMAX.
  const fromMinimum = names.map((name) => {
    const [, down] = /^RTMAX(?:-(\d+))?$/.exec(name) ?? [];
    const isLast = name === "RTMAX";
    return `SIG${isLast || down !== undefined ? `RTMIN+${SIGRTMAX - 34 - Number(down ?? 0)}` : name}`;
  });
  const signals = [...Array(SIGRTMAX + 1).keys()].filter((signal) => signal >= 1 && signal !== 32 && signal !== 33);
  expect(signals.map((signal) => parseExitStatus(signal).code)).toEqual(fromMinimum);
});

test("the two signals that C libraries keep for themselves are given by their numbers", () => {
  expect([32, 33].map((signal) => parseExitStatus(signal).code)).toEqual(["SIG32", "SIG33"]);
});

test("the key of a status is read as the same exit, and all statuses of that exit have it", () => {
  const keys = new Map<string, number>();
  const wrong: number[] = [];
  const name = (status: number): string => JSON.stringify(parseExitStatus(status));
  for (let status = 0; status <= 0xffff; status++) {
    const key = exitStatusKey(status);
    if (name(key) !== name(status) || (keys.get(name(status)) ?? key) !== key) wrong.push(status);
    keys.set(name(status), key);
  }
  expect(wrong).toEqual([]);
});

test("what an exit can have as its code is an exit code, and nothing else is", () => {
  for (let status = 1; status <= SIGRTMAX; status++) expect(isExitCode(parseExitStatus(status).code)).toBe(true);
  for (let code = 0; code <= 255; code++) expect(isExitCode(String(code))).toBe(true);
  for (const text of ["256", "-1", "007", "1.5", "", "KILL", "sigkill", "SIG0", "SIGRTMIN+31", "failed"]) {
    expect([text, isExitCode(text)]).toEqual([text, false]);
  }
});
