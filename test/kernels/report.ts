/** The messages of a guest to its host: a line of JSON behind a marker, among all other lines of the console. Pure. */

/** Begins each line that is meant for the host. */
export const marker = "@@guest ";

/** The features of a kernel, as the guest finds them, without the exporter where that is possible. */
export interface Facts {
  readonly release: string;
  readonly processors: number;
  readonly structVersion: number;
  readonly structBytes: number;
  /** kernel.task_delayacct exists. */
  readonly delayacctSwitch: boolean;
  /** The event of an exited task has arrived. */
  readonly exitEvents: boolean;
  /** The sums of a process keep the context switches of exited threads. */
  readonly deadThreadsKept: boolean;
}

/** The result of one check. */
export interface CheckResult {
  readonly title: string;
  /** A text for each difference; none where the check passed. */
  readonly failures: readonly string[];
  /** What was counted. */
  readonly figures: Readonly<Record<string, string | number>>;
  readonly seconds: number;
}

/** A file with a datagram of the kernel, or the index of them. */
export interface FixtureFile {
  /** Below test/fixtures. */
  readonly path: string;
  readonly text: string;
}

export type Message =
  | { readonly kind: "facts"; readonly facts: Facts }
  | { readonly kind: "delays"; readonly delayKinds: readonly string[] }
  | { readonly kind: "check"; readonly check: CheckResult }
  | { readonly kind: "fixture"; readonly file: FixtureFile }
  | { readonly kind: "error"; readonly error: string }
  | { readonly kind: "end" };

export const formatMessage = (message: Message): string => `${marker}${JSON.stringify(message)}\n`;

/** @returns undefined for a line that is not a message, or not a whole one */
export function parseMessage(line: string): Message | undefined {
  const at = line.indexOf(marker);
  if (at < 0) return undefined;
  try {
    return JSON.parse(line.slice(at + marker.length)) as Message;
  } catch {
    return undefined;
  }
}

/** All messages of one boot. */
export interface GuestReport {
  facts: Facts | undefined;
  delayKinds: readonly string[];
  readonly checks: CheckResult[];
  readonly fixtures: FixtureFile[];
  readonly errors: string[];
  /** The guest has said that it is done. */
  ended: boolean;
}

export function createGuestReport(): GuestReport {
  return { facts: undefined, delayKinds: [], checks: [], fixtures: [], errors: [], ended: false };
}

export function addMessage(report: GuestReport, message: Message): void {
  if (message.kind === "facts") report.facts = message.facts;
  else if (message.kind === "delays") report.delayKinds = message.delayKinds;
  else if (message.kind === "check") report.checks.push(message.check);
  else if (message.kind === "fixture") report.fixtures.push(message.file);
  else if (message.kind === "error") report.errors.push(message.error);
  else report.ended = true;
}
