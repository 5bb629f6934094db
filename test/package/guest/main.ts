/**
 * The program that the guest runs after it has booted: it checks the package and tells the host the results line by
 * line.
 */

import { readFileSync, writeSync } from "node:fs";
import { formatMessage, type Message } from "../../kernels/report.ts";
import { verifyInTime, type Check } from "./check.ts";
import { installed, removed } from "./life.ts";
import { asShipped, options } from "./options.ts";

const tell = (message: Message): void => void writeSync(1, formatMessage(message));

function describe(error: unknown): string {
  const { message = String(error), stdout = "", stderr = "" } = error as Partial<Record<string, string>>;
  return [message, stdout, stderr]
    .filter((text) => text !== "")
    .join("\n")
    .slice(0, 4000);
}

async function tellCheck(check: Check): Promise<boolean> {
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  const { title } = check;
  try {
    const figures = await verifyInTime(check);
    tell({ kind: "check", check: { title, failures: [], figures, seconds: seconds() } });
    return true;
  } catch (error) {
    tell({ kind: "check", check: { title, failures: [describe(error)], figures: {}, seconds: seconds() } });
    return false;
  }
}

/**
 * All checks after that of the installation, or those that the host chose by a word of their title on the kernel's
 * command line.
 */
function chosenChecks(): readonly Check[] {
  const [, word = ""] = /\bguest\.check=(\S+)/.exec(readFileSync("/proc/cmdline", "utf8")) ?? [];
  const all = [...installed, ...options, asShipped, ...removed];
  return all.filter(({ title }, index) => index === 0 || title.includes(word));
}

try {
  const [first, ...rest] = chosenChecks();
  // Without an installed package there is nothing else to check.
  if (first !== undefined && (await tellCheck(first))) for (const check of rest) await tellCheck(check);
  tell({ kind: "end" });
} catch (error) {
  tell({ kind: "error", error: describe(error) });
}
