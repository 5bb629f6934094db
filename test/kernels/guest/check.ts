/** The form of a check, and how one is run: with a time limit, and its exceptions are failures. */

import type { Program } from "../../support/program.ts";
import type { CheckResult, Facts } from "../report.ts";
import type { KernelEyes } from "./kernel.ts";
import { createVerdict, type Verdict } from "./verdict.ts";

/** The things that a check works with. */
export interface Scene {
  readonly facts: Facts;
  readonly eyes: KernelEyes;
  readonly program: Program;
}

export interface Check {
  /** A sentence that could be false. */
  readonly title: string;
  run(verdict: Verdict, scene: Scene): Promise<void>;
}

/** The time limit of a check; a busy host makes everything many times slower. */
const limitMs = 240_000;

function expire(): { readonly expired: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${limitMs / 1000} s`)), limitMs);
  });
  return { expired, cancel: () => clearTimeout(timer) };
}

/** The message of an error with those of its causes: fetch's own says only that it failed. */
export const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${describe(error.cause)}`;
};

export async function runCheck({ title, run }: Check, scene: Scene): Promise<CheckResult> {
  const verdict = createVerdict();
  const begin = performance.now();
  const { expired, cancel } = expire();
  const failures: string[] = [];
  try {
    await Promise.race([run(verdict, scene), expired]);
  } catch (error) {
    failures.push(describe(error));
  } finally {
    cancel();
  }
  const seconds = (performance.now() - begin) / 1000;
  return { title, failures: [...verdict.failures, ...failures], figures: verdict.figures, seconds };
}
