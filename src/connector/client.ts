/**
 * Receives events of the process connector over one netlink socket. The kernel queues a fork's event before the child runs,
 * so that all events of the child come after it. Source: drivers/connector/cn_proc.c.
 */

import { getSystemErrorName } from "node:util";
import { ExporterError, type ErrorCode } from "../base/errors.ts";
import type { Netlink, NetlinkSocket } from "../netlink/socket.ts";
import {
  CN_IDX_PROC,
  PROC_CN_MCAST_IGNORE,
  PROC_CN_MCAST_LISTEN,
  PROC_EVENT_EXEC,
  PROC_EVENT_FORK,
} from "./constants.ts";
import { createProcessEventDecoder, type ProcessEvent } from "./decode.ts";
import { encodeListenRequest } from "./encode.ts";
import { createEventFilter, createProgramFilter } from "./filter.ts";

/** `fork`: forks of processes and threads. `exec`: execs. `program`: execs and forks of processes, in the order of the kernel. */
export type ProcessEventKind = "fork" | "exec" | "program";

const filterOf = {
  fork: () => createEventFilter(PROC_EVENT_FORK),
  exec: () => createEventFilter(PROC_EVENT_EXEC),
  program: createProgramFilter,
} as const satisfies Record<ProcessEventKind, () => unknown>;

export interface ProcessEventClient {
  /** Effective size of the receive buffer in bytes. */
  readonly receiveBufferBytes: number;
  /**
   * Asks for events. Events that arrive before the kernel's answer are dropped, so listen before the first event is counted.
   *
   * @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED
   */
  listen(): void;
  /** Takes events without waiting, one arena at the most. @returns the number of datagrams taken, unwanted ones included */
  receive(visit: (event: ProcessEvent) => void): number;
  /** Waits for an event without blocking the event loop. `close` does not end the wait before its time. */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** Blocks the thread until there is an event: it wakes sooner than `waitReadable`. `timeoutMs` may have a fraction. */
  waitBlocking(timeoutMs: number): boolean;
  /** Events that the kernel has dropped since the socket was opened, modulo 2^32. */
  readDrops(): number;
  /** The socket's file descriptor, by which another thread can go on to use the socket. */
  readonly descriptor?: number;
  close(): void;
}

export interface ProcessEventClientOptions {
  /** A socket whose filter is for `kind`. */
  readonly socket: NetlinkSocket;
  readonly kind: ProcessEventKind;
  /** Called for each datagram that could not be decoded. */
  readonly onMalformed: (code: ErrorCode) => void;
  /** True if `listen` has been called on this socket already, by another client. */
  readonly listening?: boolean;
}

/** Drops unwanted events here too: on a socket without a filter all kinds arrive. */
function isWanted(kind: ProcessEventKind, event: ProcessEvent): boolean {
  if (kind !== "program") return event.kind === kind;
  return event.kind === "exec" || (event.kind === "fork" && event.pid === event.tgid);
}

/** Creates a client on an open socket. `openProcessEvents` opens the socket as well. */
export function createProcessEventClient(options: ProcessEventClientOptions): ProcessEventClient {
  const { socket, kind, onMalformed } = options;
  const { event, decode } = createProcessEventDecoder();
  const wants = (event: ProcessEvent): boolean => isWanted(kind, event);
  let listening = options.listening ?? false;

  function send(operation: number): void {
    const request = encodeListenRequest(operation);
    socket.send(request, request.length);
  }

  function sendListen(where: string): void {
    try {
      send(PROC_CN_MCAST_LISTEN);
    } catch (error) {
      throw explainFailure(error, where);
    }
  }

  function receive(wants: (event: ProcessEvent) => boolean, visit: (event: ProcessEvent) => void): number {
    const received = socket.receive();
    for (let index = 0; index < received; index++) {
      const length = socket.lengths[index] ?? 0;
      const fits = length <= socket.slotBytes;
      const error = fits ? decode(socket.arena, index * socket.slotBytes, length) : "MESSAGE_TRUNCATED";
      if (error !== undefined) onMalformed(error);
      else if (wants(event)) visit(event);
    }
    return received;
  }

  /** The kernel answers before sendto returns. No answer means that the kernel has no process connector. */
  function receiveAnswer(): number | undefined {
    let errno: number | undefined;
    const isAnswer = (event: ProcessEvent): boolean => event.kind === "answer";
    while (errno === undefined && receive(isAnswer, (answer) => (errno ??= answer.errno)) > 0);
    return errno;
  }

  return {
    receiveBufferBytes: socket.receiveBufferBytes,
    listen() {
      const where = `process connector, ${kind} events`;
      sendListen(where);
      const errno = receiveAnswer();
      if (errno === undefined) throw new ExporterError("CONNECTOR_MISSING", { where, want: "an answer", got: "none" });
      if (errno > 0) {
        throw new ExporterError("CONNECTOR_REFUSED", { where, want: "0", got: getSystemErrorName(-errno) });
      }
      listening = true;
    },
    receive: (visit) => receive(wants, visit),
    waitReadable: (timeoutMs) => socket.waitReadable(timeoutMs),
    waitBlocking: (timeoutMs) => socket.waitBlocking(timeoutMs),
    readDrops: () => socket.readDrops(),
    ...(socket.descriptor === undefined ? {} : { descriptor: socket.descriptor }),
    close() {
      try {
        // Kernels before 6.6 count the listeners. They go on making events for a listener that has not sent IGNORE.
        if (listening) send(PROC_CN_MCAST_IGNORE);
      } catch {
        // The socket is broken: there is nothing left to end.
      }
      socket.close();
    },
  };
}

const codeOf: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "CONNECTOR_NAMESPACE",
  EPROTONOSUPPORT: "CONNECTOR_MISSING",
  EPERM: "CONNECTOR_REFUSED",
};

/** Turns a failed call on the socket into the error that says what it means for the process connector. */
function explainFailure(cause: unknown, where: string): unknown {
  if (!(cause instanceof ExporterError) || cause.code !== "SOCKET_FAILED") return cause;
  const code = codeOf[cause.details.got];
  return code === undefined
    ? cause
    : new ExporterError(code, { where, want: "to listen", got: cause.details.got, cause });
}

export interface ProcessEventsOptions extends Omit<ProcessEventClientOptions, "socket"> {
  readonly receiveBufferBytes: number;
  /** How many datagrams one `receive` takes at the most. */
  readonly slots: number;
}

/**
 * Opens a socket whose filter lets only events of `kind` through, and listens on it.
 *
 * @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED
 */
export function openProcessEvents(netlink: Pick<Netlink, "open">, options: ProcessEventsOptions): ProcessEventClient {
  const { kind, receiveBufferBytes, slots } = options;
  const filter = filterOf[kind]();
  let socket: NetlinkSocket | undefined;
  try {
    socket = netlink.open({ receiveBufferBytes, slots, protocol: "connector", group: CN_IDX_PROC, filter });
    const client = createProcessEventClient({ ...options, socket });
    client.listen();
    return client;
  } catch (error) {
    socket?.close();
    throw explainFailure(error, `process connector, ${kind} events`);
  }
}
