/**
 * The process connector over one netlink socket: a stream of some kinds of event. The kernel queues the event of a fork
 * before the child runs, so that what the child causes comes after it. Source: drivers/connector/cn_proc.c.
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

/** `program`: execs, and forks of processes, in the order in which they happened. `fork`: those of threads too. */
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
   * Asks for events. What arrives before the kernel's answer is dropped: listen before anything is counted.
   *
   * @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED
   */
  listen(): void;
  /** Takes up to one arena full of events, without waiting. @returns the number of datagrams taken, others' included */
  receive(visit: (event: ProcessEvent) => void): number;
  /** Waits off the event loop for an event; a wait may outlast `close` to its end. */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** As `waitReadable`, but blocks this thread: it wakes sooner. Parts of a millisecond count. */
  waitBlocking(timeoutMs: number): boolean;
  /** Events that the kernel dropped since the socket was opened; counts modulo 2^32. */
  readDrops(): number;
  /** The socket's, for a thread that goes on with it. */
  readonly descriptor?: number;
  close(): void;
}

export interface ProcessEventClientOptions {
  /** Opened for this kind of event. */
  readonly socket: NetlinkSocket;
  readonly kind: ProcessEventKind;
  /** Told of each datagram that could not be read. */
  readonly onMalformed: (code: ErrorCode) => void;
  /** On this socket `listen` has been called before. */
  readonly listening?: boolean;
}

/** Whether an event is one of those asked for: without a filter all kinds arrive. */
function isWanted(kind: ProcessEventKind, event: ProcessEvent): boolean {
  if (kind !== "program") return event.kind === kind;
  return event.kind === "exec" || (event.kind === "fork" && event.pid === event.tgid);
}

/** A client for events of one kind; `openProcessEvents` opens the socket that it needs. */
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

  /** The kernel has answered when sendto returns; without an answer nobody is there. */
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
        // Kernels before 6.6 count those who listen, and go on making events for one that never said it left.
        if (listening) send(PROC_CN_MCAST_IGNORE);
      } catch {
        // Nobody listens on a socket that is broken.
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

/** A failed call on the socket as what it means here. */
function explainFailure(cause: unknown, where: string): unknown {
  if (!(cause instanceof ExporterError) || cause.code !== "SOCKET_FAILED") return cause;
  const code = codeOf[cause.details.got];
  return code === undefined
    ? cause
    : new ExporterError(code, { where, want: "to listen", got: cause.details.got, cause });
}

export interface ProcessEventsOptions extends Omit<ProcessEventClientOptions, "socket"> {
  readonly receiveBufferBytes: number;
  /** Datagrams that one `receive` takes at most. */
  readonly slots: number;
}

/**
 * Opens a socket on which the kernel queues events of that kind alone, and listens.
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
