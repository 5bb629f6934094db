/** The program that the guest runs once it has booted: it checks the package and tells the host line by line. */

import { writeSync } from "node:fs";
import { formatMessage, type Message } from "../../kernels/report.ts";
import { verifyInTime, type Check } from "./check.ts";
import { installed, removed } from "./life.ts";
import { options } from "./options.ts";

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

try {
  const [first, ...rest] = [installed[0]!, ...options];
  // What cannot be installed need not be looked at.
  if (first !== undefined && (await tellCheck(first))) for (const check of rest) await tellCheck(check);
  tell({ kind: "end" });
} catch (error) {
  tell({ kind: "error", error: describe(error) });
}
