/**
 * Two clients for taskstats, each over a netlink socket: one sends queries in batches, the other receives exit events.
 * This file knows nothing of tracked processes and metrics. Source: kernel/taskstats.c.
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

/** Requests per sendto. From 16 to 64 the cost of a request stays the same; more than 64 only need more receive buffer. */
const batchSize = 64;

export interface QueryResult {
  /** Queries without a record or an errno: the reply did not fit in the receive buffer, or was malformed. */
  readonly unanswered: number;
}

/** Called for each answer: `reception` holds a record, or an errno (ESRCH: there is no such task). */
export type AnswerVisitor = (index: number, reception: Reception) => void;

export interface QueryClient {
  /**
   * Asks the kernel for the sums of each process (`tgid`) or for the record of each thread (`pid`). Calls `visit` for each
   * answer, in the order of `ids`, before it returns.
   *
   * @throws ExporterError SOCKET_FAILED
   */
  query(kind: "pid" | "tgid", ids: readonly number[], visit: AnswerVisitor): QueryResult;
  close(): void;
}

export interface ClientOptions {
  /** A socket without `reopen` stays broken after it has lost its descriptor. */
  readonly socket: NetlinkSocket & Partial<Pick<LastingSocket, "reopen">>;
  readonly familyId: number;
  readonly reader: RecordReader;
  /** Called for each datagram that could not be decoded. */
  readonly onMalformed: (code: ErrorCode) => void;
}

/** `decodeAt` decodes datagram `index` of the last `receive` into `reception`. It returns false after a call of `onMalformed`. */
function createReceiver({ socket, familyId, reader, onMalformed }: ClientOptions) {
  const { reception, decode } = createDecoder(familyId, reader);
  let { arena, lengths, slotBytes } = socket;

  function receive(): number {
    const received = socket.receive();
    // Read once for all datagrams, since a socket that was opened again has another arena.
    ({ arena, lengths, slotBytes } = socket);
    return received;
  }

  function decodeAt(index: number): boolean {
    const length = lengths[index] as number;
    const error = length > slotBytes ? "MESSAGE_TRUNCATED" : decode(arena, index * slotBytes, length);
    if (error !== undefined) onMalformed(error);
    return error === undefined;
  }

  return { reception, receive, decodeAt };
}

/** A client for queries. Its socket must not be registered for exit events. */
export function createQueryClient(options: ClientOptions): QueryClient {
  const { socket, familyId } = options;
  const { reception, receive: receiveDatagrams, decodeAt } = createReceiver(options);
  const batch = createQueryBatch(familyId, batchSize);
  let seq = 0;

  function send(attribute: number, ids: readonly number[], from: number, count: number): void {
    for (let index = 0; index < count; index++) {
      batch.write(index, { seq: (seq + index) >>> 0, attribute, id: ids[from + index] ?? 0 });
    }
    socket.send(batch.bytes, count * queryBytes);
  }

  /** The kernel answers the whole batch before sendto returns, so that an answer that is not there now never comes. */
  function receive(from: number, count: number, visit: AnswerVisitor): number {
    let answered = 0;
    for (let received = receiveDatagrams(); received > 0; received = receiveDatagrams()) {
      for (let index = 0; index < received; index++) {
        if (!decodeAt(index)) continue;
        const offset = (reception.seq - seq) >>> 0;
        // The sequence number is of an earlier batch: the answer is too late.
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
        // The figures of this query are lost. The next query uses the new socket.
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
   * Asks for the exit events of all threads that exit on these CPUs. Events that arrive before the kernel's answer are
   * dropped, so register before the first figure is counted.
   *
   * @returns the errno of a refusal, or 0. Outside of the initial network namespace 0 does not mean that events will come.
   */
  register(cpulist: string): number;
  /**
   * Recovers from a failed call. If the socket has lost its descriptor, opens another socket and registers for the same
   * CPUs. An unknown number of events is lost between the two sockets.
   *
   * @returns true if there is a new socket, whose count of dropped events begins at 0
   * @throws ExporterError SOCKET_FAILED, REGISTER_REFUSED
   */
  reopen(failure: unknown): boolean;
  /** Takes events without waiting, one arena at the most. @returns the number of datagrams taken, malformed ones included */
  receive(visit: (reception: Reception) => void): number;
  /** Waits for an event without blocking the event loop. */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** Events that the kernel has dropped since the socket was opened, modulo 2^32. */
  readDrops(): number;
  close(): void;
}

export interface EventClientOptions extends ClientOptions {
  /**
   * Called once for the events of one `receive`, before the first event is visited. Everything that the kernel sent before
   * these events, on any socket, is queued by then.
   */
  readonly onTaken?: (() => void) | undefined;
}

/** A client for exit events. */
export function createEventClient(options: EventClientOptions): EventClient {
  const { socket, familyId, onTaken } = options;
  const { reception, receive, decodeAt } = createReceiver(options);
  let registered = "";

  function sendCpumask(attribute: number, cpulist: string): void {
    const request = encodeCpumask({ familyId, seq: 1, attribute, cpulist });
    socket.send(request, request.length);
  }

  function register(cpulist: string): number {
    registered = cpulist;
    sendCpumask(TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpulist);
    for (let received = receive(); received > 0; received = receive()) {
      for (let index = 0; index < received; index++) {
        if (decodeAt(index) && reception.errno !== undefined) return reception.errno;
      }
    }
    throw new ExporterError("SOCKET_FAILED", { where: "register for exit events", want: "an answer", got: "none" });
  }

  return {
    receiveBufferBytes: socket.receiveBufferBytes,
    register,
    reopen(failure) {
      if (!isDescriptorLost(failure)) return false;
      socket.reopen?.();
      const errno = register(registered);
      if (errno === 0) return true;
      const where = "register for exit events again";
      throw new ExporterError("REGISTER_REFUSED", { where, want: "0", got: getSystemErrorName(-errno) });
    },
    receive(visit) {
      const received = receive();
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
        // The kernel keeps a registration by its port id, so a later socket of the same port id would inherit it. The answer
        // also wakes `waitReadable`.
        sendCpumask(TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK, registered);
      } catch {
        // The socket is broken: there is no registration to remove and nobody waits on it.
      }
      socket.close();
    },
  };
}

/** The error to report when the kernel refused a query with `errno`. */
export function queryError(where: string, errno: number): ExporterError {
  const code: ErrorCode =
    errno === EPERM ? "CAPABILITY_MISSING" : errno === ESRCH ? "PROCESS_MISSING" : "QUERY_REFUSED";
  return new ExporterError(code, { where, want: "figures", got: getSystemErrorName(-errno) });
}
