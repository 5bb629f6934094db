/** The process connector of the fake kernel: its listeners, and the events that they get. Modelled on drivers/connector/cn_proc.c. */

import { endianness } from "node:os";
import { ExporterError } from "../../src/base/errors.ts";
import type { Instruction } from "../../src/netlink/bpf.ts";
import { runFilter } from "./bpf.ts";
import { whats, writeProcessEvent } from "./connector-writer.ts";
import type { FakeSocket } from "./fake-socket.ts";

const little = endianness() === "LE";

/** A request: its length, and where its operation is, after the headers of message and connector. */
const request = { bytes: 40, operation: 36 } as const;
const operations = { LISTEN: 1, IGNORE: 2 } as const;

/** Receive buffer per event, measured on Linux 6.18. */
const eventCost = 768;

/** Where the connector is. `elsewhere` is another network namespace than the initial one: a request is refused there. */
export type ConnectorPlace = "here" | "elsewhere" | "nowhere";

export interface FakeConnectorOptions {
  /** The kernel's monotonic clock. */
  readonly nowUs: () => number;
  readonly place: () => ConnectorPlace;
  /** Errno with which requests are answered. */
  readonly refusal: () => number;
  /** What arrives of an event; undefined where it is lost, which counts as dropped. */
  readonly pass: (event: Uint8Array) => Uint8Array | undefined;
}

export interface FakeConnector {
  /** A socket has joined the multicast group. */
  join(socket: FakeSocket, filter: readonly Instruction[] | undefined): void;
  leave(socket: FakeSocket): void;
  /** @throws ExporterError SOCKET_FAILED where the connector is elsewhere */
  onSend(bytes: Uint8Array): void;
  fork(parent: readonly [pid: number, tgid: number], child: readonly [pid: number, tgid: number]): void;
  exec(pid: number, tgid: number): void;
}

export function createFakeConnector({ nowUs, place, refusal, pass }: FakeConnectorOptions): FakeConnector {
  const members = new Map<FakeSocket, readonly Instruction[] | undefined>();
  /** Requests to listen less those to ignore. While it is above 0, the kernel sends events to all members. */
  let listeners = 0;

  function multicast(event: Uint8Array, isAnswer: boolean): void {
    for (const [socket, filter] of members) {
      if (filter !== undefined && runFilter(filter, event) === 0) continue;
      const bytes = isAnswer ? event : pass(event);
      if (bytes === undefined) socket.drop(1);
      else socket.deliver({ bytes, cost: eventCost, drops: 1 });
    }
  }

  function send(what: number, ids: readonly number[]): void {
    if (listeners > 0 && place() === "here") {
      multicast(writeProcessEvent(what, ids, { timestampNs: BigInt(Math.round(nowUs() * 1000)) }), false);
    }
  }

  return {
    join: (socket, filter) => void members.set(socket, filter),
    leave: (socket) => void members.delete(socket),
    onSend(bytes) {
      if (place() === "elsewhere") {
        throw new ExporterError("SOCKET_FAILED", { where: "send(netlink)", want: "a receiver", got: "ECONNREFUSED" });
      }
      if (place() === "nowhere" || bytes.length !== request.bytes) return;
      const operation = new DataView(bytes.buffer, bytes.byteOffset).getUint32(request.operation, little);
      const errno = refusal();
      if (errno === 0) listeners += operation === operations.LISTEN ? 1 : -1;
      multicast(writeProcessEvent(whats.NONE, [errno]), true);
    },
    fork: (parent, child) => send(whats.FORK, [...parent, ...child]),
    exec: (pid, tgid) => send(whats.EXEC, [pid, tgid]),
  };
}
