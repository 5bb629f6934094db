/** Prints one kernel reply, every field with its unit. */

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
import { escapeControls } from "../terminal/width.ts";
import { describeZombie, isZombie, readTask, taskMissing } from "./task.ts";

/** What is asked: one thread, or the sums of a thread group. */
export interface Question {
  readonly kind: "pid" | "tgid";
  readonly id: number;
}

/** One kernel reply, copied out of the arena. */
export interface Answer {
  readonly question: Question;
  readonly version: number;
  readonly bytes: number;
  readonly comm: string | undefined;
  /** What the id stands for, where it is not what was asked for. */
  readonly note?: string | undefined;
  /** Present fields in the order of the table. */
  readonly fields: readonly AnsweredField[];
}

export interface AnsweredField {
  readonly key: string;
  readonly value: number;
  readonly unit: Unit;
  readonly about: string;
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

function copyAnswer(question: Question, part: Part, comm: string | undefined): Answer {
  const present = fields.flatMap(({ key, unit, about }, slot) => {
    const value = part.values[slot] as number;
    return value === value ? [{ key, value, unit, about }] : [];
  });
  return { question, version: part.version, bytes: part.bytes, comm, fields: present };
}

/** The kernel answers for any thread's id as for its process, and for a zombie with what its last thread left. */
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

/** Asks on a socket of its own. What is not an answer is an errno, or the code of a message that could not be read. */
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
 * Asks the kernel one question.
 *
 * @param proc tells what the id stands for
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

function describe({ key, value, about }: AnsweredField): string {
  if (key !== "ac_exitcode" || value === 0) return about;
  const { reason, code } = parseExitStatus(value);
  return `${about}: ${reason} ${code}`;
}

/** The reply as a table for a terminal: field, value, unit, meaning. */
export function formatAnswer(answer: Answer, colour: boolean): string {
  const { question, comm, version, bytes, note } = answer;
  const what =
    question.kind === "pid"
      ? `thread ${question.id} (${escapeControls(comm ?? "")})`
      : `process ${question.id}, the sums of its threads`;
  const rows = answer.fields.map((field): Cell[] => {
    const meaning: Cell = { text: describe(field), style: "dim" };
    return [{ text: field.key, style: "bold" }, field.value, units[field.unit], meaning];
  });
  const table = formatTable(rows, { colour });
  const noted = note === undefined ? "" : `note: ${escapeControls(note)}\n`;
  return `${what}: struct version ${version}, ${bytes} bytes\n${noted}${table}`;
}

/** The reply for programs. */
export function formatAnswerJson({ question, version, bytes, comm, note, fields: present }: Answer): string {
  const values = Object.fromEntries(present.map(({ key, value, unit }) => [key, { value, unit }]));
  return formatJson({ [question.kind]: question.id, version, bytes, ac_comm: comm, note, fields: values });
}
