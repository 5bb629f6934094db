/** `query`: prints one reply of the kernel, every field with its unit. */

import type { Totals } from "../account/account.ts";
import { createPlausibility } from "../account/plausibility.ts";
import { createExitJudge } from "../account/process-waits.ts";
import { parseExitStatus } from "../fields/exit-status.ts";
import { fieldKeys, fields } from "../fields/fields.ts";
import type { Unit } from "../fields/field.ts";
import { ExporterError } from "../base/errors.ts";
import { ESRCH } from "../netlink/constants.ts";
import type { Netlink } from "../netlink/socket.ts";
import type { ProcReader } from "../procfs/read.ts";
import { createQueryClient, queryError } from "../taskstats/client.ts";
import type { Part } from "../taskstats/decode.ts";
import { createRecordReader } from "../taskstats/record.ts";
import { formatJson } from "../terminal/json.ts";
import { formatTable, type Cell } from "../terminal/table.ts";
import { formatBytes, formatSeconds } from "../terminal/units.ts";
import { escapeControls } from "../terminal/width.ts";
import { describeZombie, isZombie, readTask, taskMissing } from "./task.ts";

/** Asks for the record of one thread, or for the sums of one process. */
export interface Question {
  readonly kind: "pid" | "tgid";
  readonly id: number;
}

/** One reply of the kernel, copied out of the receive buffer. */
export interface Answer {
  readonly question: Question;
  readonly version: number;
  readonly bytes: number;
  readonly comm: string | undefined;
  /** A remark if the id is not a live process: a thread, or a zombie. */
  readonly note?: string | undefined;
  /** The fields that this struct version has, in the order of the table. */
  readonly fields: readonly AnsweredField[];
}

export interface AnsweredField {
  readonly key: string;
  readonly value: number;
  readonly unit: Unit;
  readonly about: string;
  /** The value that the page would use where the kernel's value is implausible; NaN where no value is known. */
  readonly believed?: number;
}

const units: Readonly<Record<Unit, string>> = {
  ns: "ns",
  us: "us",
  s: "s",
  bytes: "bytes",
  kilobytes: "KiB",
  mb_us: "MiB*us",
  events: "",
  id: "",
  bits: "",
};

/** From this struct version on, sums contain the ages of exited threads. Kernels with older versions have no false waits. */
const firstJudgedSums = 14;

/** The plausible values of a reply. It is judged alone, because no earlier reply of the task is known. */
function believe({ kind }: Question, { values, version }: Part): Totals {
  if (kind === "pid") return createPlausibility().checkWhole(values);
  return version < firstJudgedSums
    ? values
    : createExitJudge()({ process: values, last: values }, undefined, 0).process;
}

function copyAnswer(question: Question, part: Part, comm: string | undefined): Answer {
  const judged = believe(question, part);
  const present = fields.flatMap(({ key, unit, about }, slot) => {
    const value = part.values[slot] as number;
    const believed = judged[slot] as number;
    if (value !== value) return [];
    return [believed === value ? { key, value, unit, about } : { key, value, unit, about, believed }];
  });
  return { question, version: part.version, bytes: part.bytes, comm, fields: present };
}

/**
 * A remark for ids whose reply may surprise. A TGID query with any thread's id is answered with the sums of its process, and a
 * query for a zombie with the figures of its last thread.
 */
function noteOn({ kind, id }: Question, proc: ProcReader): string | undefined {
  const task = readTask(proc, id);
  if (task === undefined) return undefined;
  const thread =
    kind === "tgid" && task.tgid !== id ? `${id} is a thread of process ${task.tgid}, whose sums these are` : "";
  const zombie = isZombie(task)
    ? `${id} is ${describeZombie(proc, task)}, and the kernel has no sums of it any more`
    : "";
  return thread || zombie || undefined;
}

/** Sends one query on a new socket. Without an answer, the result has an errno, or the code of a malformed message. */
function ask(
  netlink: Netlink,
  familyId: number,
  question: Question,
): { answer: Answer | undefined; errno: number | undefined; malformed: string | undefined } {
  const socket = netlink.open({ receiveBufferBytes: 2 ** 18, slots: 4 });
  const reader = createRecordReader(fieldKeys);
  let malformed: string | undefined;
  const client = createQueryClient({ socket, familyId, reader, onMalformed: (code) => (malformed = code) });
  let answer: Answer | undefined;
  let errno: number | undefined;
  try {
    client.query(question.kind, [question.id], (_index, reception) => {
      errno = reception.errno;
      if (errno !== undefined) return;
      if (reception.thread.present) answer = copyAnswer(question, reception.thread, reception.readComm());
      else answer = copyAnswer(question, reception.process, undefined);
    });
  } finally {
    client.close();
  }
  return { answer, errno, malformed };
}

/**
 * Sends one query to the kernel.
 *
 * @param proc used to find out whether the id is a process, a thread or a zombie
 * @throws ExporterError PROCESS_MISSING, CAPABILITY_MISSING, QUERY_REFUSED, FAMILY_MISSING, SOCKET_FAILED
 */
export async function query(netlink: Netlink, question: Question, proc: ProcReader): Promise<Answer> {
  const where = `query --${question.kind}=${question.id}`;
  const { answer, errno, malformed } = ask(netlink, await netlink.resolveFamily(), question);
  if (answer !== undefined) return { ...answer, note: noteOn(question, proc) };
  if (errno === ESRCH) throw taskMissing(where);
  if (errno !== undefined) throw queryError(where, errno);
  throw new ExporterError("QUERY_REFUSED", { where, want: "a record", got: malformed ?? "no answer" });
}

function describe({ key, value, unit, about, believed }: AnsweredField): string {
  if (believed !== undefined) {
    const rest = Number.isNaN(believed) ? "no value is believed" : `believed: ${believed} ${units[unit]}`.trimEnd();
    return `${about}: cannot have happened, ${rest}`;
  }
  if (key !== "ac_exitcode" || value === 0) return about;
  const { reason, code } = parseExitStatus(value);
  return `${about}: ${reason} ${code}`;
}

/** How a value is read in the units of people; empty where it is a number of events, an id or a moment. */
function formatForPeople({ value, unit }: AnsweredField): string {
  switch (unit) {
    case "ns":
      return formatSeconds(value / 1e9);
    case "us":
      return formatSeconds(value / 1e6);
    case "bytes":
      return formatBytes(value);
    case "kilobytes":
      return formatBytes(value * 1024);
    default:
      return "";
  }
}

/** The reply as a table for a terminal: field, value, unit, the same for people, meaning. What cannot have happened is red. */
export function formatAnswer(answer: Answer, colour: boolean): string {
  const { question, comm, version, bytes, note } = answer;
  const what =
    question.kind === "pid"
      ? `thread ${question.id} (${escapeControls(comm ?? "")})`
      : `process ${question.id}, the sums of its threads`;
  const rows = answer.fields.map((field): Cell[] => {
    const meaning: Cell = { text: describe(field), style: field.believed === undefined ? "dim" : "red" };
    return [{ text: field.key, style: "bold" }, field.value, units[field.unit], formatForPeople(field), meaning];
  });
  const table = formatTable(rows, { header: ["FIELD", "VALUE", "UNIT", "READS", "MEANING"], colour });
  const noted = note === undefined ? "" : `note: ${escapeControls(note)}\n`;
  return `${what}: struct version ${version}, ${bytes} bytes\n${noted}${table}`;
}

function describeJson({ key, value, unit, believed }: AnsweredField) {
  if (believed === undefined) return [key, { value, unit }] as const;
  return [key, { value, unit, believed: Number.isNaN(believed) ? null : believed }] as const;
}

/** The reply as JSON. An implausible field has the plausible value in `believed`, or null where none is known. */
export function formatAnswerJson({ question, version, bytes, comm, note, fields: present }: Answer): string {
  const values = Object.fromEntries(present.map(describeJson));
  return formatJson({ [question.kind]: question.id, version, bytes, ac_comm: comm, note, fields: values });
}
