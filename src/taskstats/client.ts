/**
 * Taskstats over one netlink socket: queries in batches, and the stream of exit events.
 * It knows no process and no metric. Source: kernel/taskstats.c.
 */

import { getSystemErrorName } from "node:util";
import { ExporterError, type ErrorCode } from "../base/errors.ts";
import { EPERM, ESRCH } from "../netlink/constants.ts";
import { isDescriptorLost, type LastingSocket } from "../netlink/lasting-socket.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import {
  TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK,
  TASKSTATS_CMD_ATTR_PID,
  TASKSTATS_CMD_ATTR_REGISTER_CPUMASK,
  TASKSTATS_CMD_ATTR_TGID,
} from "./constants.ts";
import { createDecoder, type Reception } from "./decode.ts";
import { createQueryBatch, encodeCpumask, queryBytes } from "./encode.ts";
import type { RecordReader } from "./record.ts";

/** Requests per sendto. 16 already cost what 64 do; more bring nothing and need more receive buffer. */
const batchSize = 64;

export interface QueryResult {
  /** Queries that got neither a record nor an errno: their replies did not fit, or were malformed. */
  readonly unanswered: number;
}

/** Called for each answer: a record in `reception`, or `reception.errno` (ESRCH: no such task). */
export type AnswerVisitor = (index: number, reception: Reception) => void;

export interface QueryClient {
  /**
   * Asks for the figures of each id, a process's sums (`tgid`) or one thread's (`pid`). Answers come in order, at once.
   *
   * @throws ExporterError SOCKET_FAILED
   */
  query(kind: "pid" | "tgid", ids: readonly number[], visit: AnswerVisitor): QueryResult;
  close(): void;
}

export interface ClientOptions {
  /** One that cannot be opened anew fails for ever once it has lost its descriptor. */
  readonly socket: NetlinkSocket & Partial<Pick<LastingSocket, "reopen">>;
  readonly familyId: number;
  readonly reader: RecordReader;
  /** Told of each datagram that could not be read. */
  readonly onMalformed: (code: ErrorCode) => void;
}

/** Datagram `index` of the last receive, decoded. @returns false where it could not be read, after telling `onMalformed` */
function createReceiver({ socket, familyId, reader, onMalformed }: ClientOptions) {
  const { reception, decode } = createDecoder(familyId, reader);
  function decodeAt(index: number): boolean {
    const length = socket.lengths[index] ?? 0;
    const error =
      length > socket.slotBytes ? "MESSAGE_TRUNCATED" : decode(socket.arena, index * socket.slotBytes, length);
    if (error !== undefined) onMalformed(error);
    return error === undefined;
  }
  return { reception, decodeAt };
}

/** A client for queries. Its socket must not be registered for exit events. */
export function createQueryClient(options: ClientOptions): QueryClient {
  const { socket, familyId } = options;
  const { reception, decodeAt } = createReceiver(options);
  const batch = createQueryBatch(familyId, batchSize);
  let seq = 0;

  function send(attribute: number, ids: readonly number[], from: number, count: number): void {
    for (let index = 0; index < count; index++) {
      batch.write(index, { seq: (seq + index) >>> 0, attribute, id: ids[from + index] ?? 0 });
    }
    socket.send(batch.bytes, count * queryBytes);
  }

  /** The kernel has answered the whole batch when sendto returns: what is not there now will not come. */
  function receive(from: number, count: number, visit: AnswerVisitor): number {
    let answered = 0;
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let index = 0; index < received; index++) {
        if (!decodeAt(index)) continue;
        const offset = (reception.seq - seq) >>> 0;
        // A sequence number of another batch is a late answer to a question nobody asks any more.
        if (offset >= count) continue;
        answered++;
        visit(from + offset, reception);
      }
    }
    return answered;
  }

  function query(attribute: number, ids: readonly number[], visit: AnswerVisitor): QueryResult {
    let answered = 0;
    for (let from = 0; from < ids.length; from += batchSize) {
      const count = Math.min(batchSize, ids.length - from);
      send(attribute, ids, from, count);
      answered += receive(from, count, visit);
      seq = (seq + count) >>> 0;
    }
    return { unanswered: ids.length - answered };
  }

  return {
    query(kind, ids, visit) {
      try {
        return query(kind === "pid" ? TASKSTATS_CMD_ATTR_PID : TASKSTATS_CMD_ATTR_TGID, ids, visit);
      } catch (error) {
        // These figures are nobody's, and the next ones come by another socket.
        if (isDescriptorLost(error)) socket.reopen?.();
        throw error;
      }
    },
    close: () => socket.close(),
  };
}

export interface EventClient {
  /** Effective size of the receive buffer in bytes. */
  readonly receiveBufferBytes: number;
  /**
   * Asks for the exit events of all tasks that end on these CPUs. What arrives before the kernel's answer is dropped:
   * register before anything is counted.
   *
   * @returns the errno of a refusal, 0 where the kernel accepted, which outside the initial network namespace means nothing
   */
  register(cpulist: string): number;
  /**
   * Goes on after a failed call: where the socket's descriptor is lost, with another socket, for the same CPUs. What was sent
   * meanwhile is lost, and nobody knows how much that is.
   *
   * @returns true where the socket is another one, whose count of dropped events begins at 0
   * @throws ExporterError SOCKET_FAILED, REGISTER_REFUSED
   */
  mend(failure: unknown): boolean;
  /** Takes up to one arena full of events. @returns the number of datagrams taken, malformed ones included */
  receive(visit: (reception: Reception) => void): number;
  /** Waits off the event loop for an event. */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** Events that the kernel dropped since the socket was opened; counts modulo 2^32. */
  readDrops(): number;
  close(): void;
}

export interface EventClientOptions extends ClientOptions {
  /** Told that events have been taken, before the first is visited: what the kernel said before them, it has said by now. */
  readonly onTaken?: (() => void) | undefined;
}

/** A client for exit events. */
export function createEventClient(options: EventClientOptions): EventClient {
  const { socket, familyId, onTaken } = options;
  const { reception, decodeAt } = createReceiver(options);
  let registered = "";

  function sendCpumask(attribute: number, cpulist: string): void {
    const request = encodeCpumask({ familyId, seq: 1, attribute, cpulist });
    socket.send(request, request.length);
  }

  function register(cpulist: string): number {
    registered = cpulist;
    sendCpumask(TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpulist);
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let index = 0; index < received; index++) {
        if (decodeAt(index) && reception.errno !== undefined) return reception.errno;
      }
    }
    throw new ExporterError("SOCKET_FAILED", { where: "register for exit events", want: "an answer", got: "none" });
  }

  return {
    receiveBufferBytes: socket.receiveBufferBytes,
    register,
    mend(failure) {
      if (!isDescriptorLost(failure)) return false;
      socket.reopen?.();
      const errno = register(registered);
      if (errno === 0) return true;
      const where = "register for exit events again";
      throw new ExporterError("REGISTER_REFUSED", { where, want: "0", got: getSystemErrorName(-errno) });
    },
    receive(visit) {
      const received = socket.receive();
      if (received > 0) onTaken?.();
      for (let index = 0; index < received; index++) {
        if (decodeAt(index) && reception.errno === undefined) visit(reception);
      }
      return received;
    },
    waitReadable: (timeoutMs) => socket.waitReadable(timeoutMs),
    readDrops: () => socket.readDrops(),
    close() {
      try {
        // Without this a later socket under the same port id would inherit the registration. The answer ends a wait, too.
        sendCpumask(TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK, registered);
      } catch {
        // Nobody waits on a socket that is broken.
      }
      socket.close();
    },
  };
}

/** The errno of a refused query as an error of ours. */
export function queryError(where: string, errno: number): ExporterError {
  const code: ErrorCode =
    errno === EPERM ? "CAPABILITY_MISSING" : errno === ESRCH ? "PROCESS_MISSING" : "QUERY_REFUSED";
  return new ExporterError(code, { where, want: "figures", got: getSystemErrorName(-errno) });
}
