/** A client for the tasks of control groups (cgroupstats), over a netlink socket. Source: kernel/taskstats.c, cgroupstats_user_cmd(). */

import type { ErrorCode } from "../base/errors.ts";
import { isDescriptorLost, type LastingSocket } from "../netlink/lasting-socket.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { decodeCgroupReply, type CgroupReply } from "./decode-cgroup.ts";
import { encodeCgroupQuery } from "./encode.ts";

export interface CgroupClient {
  /**
   * Asks for the tasks of a control group. No capability is needed.
   *
   * @param descriptor a file descriptor of this process, of the control group's directory
   * @returns undefined where the kernel gave no answer: before Linux 7.3 it gives none for a descriptor that is not open
   * @throws ExporterError SOCKET_FAILED
   */
  query(descriptor: number): CgroupReply | undefined;
  close(): void;
}

export interface CgroupClientOptions {
  /** A socket without `reopen` stays broken after it has lost its descriptor. */
  readonly socket: NetlinkSocket & Partial<Pick<LastingSocket, "reopen">>;
  readonly familyId: number;
  /** Called for each datagram that could not be decoded. */
  readonly onMalformed: (code: ErrorCode) => void;
}

/** Its socket must not be used for anything else. */
export function createCgroupClient({ socket, familyId, onMalformed }: CgroupClientOptions): CgroupClient {
  let seq = 0;

  function decodeAt(index: number): CgroupReply | undefined {
    const length = socket.lengths[index] ?? 0;
    const place = { at: index * socket.slotBytes, length };
    const reply = length > socket.slotBytes ? "MESSAGE_TRUNCATED" : decodeCgroupReply(socket.arena, place, familyId);
    if (typeof reply !== "string") return reply;
    onMalformed(reply);
    return undefined;
  }

  /** The kernel answers before sendto returns, so that an answer that is not there now never comes. */
  function receive(): CgroupReply | undefined {
    let answer: CgroupReply | undefined;
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let index = 0; index < received; index++) {
        const reply = decodeAt(index);
        // Another sequence number is that of an earlier request, whose answer was given up.
        if (reply?.seq === seq) answer = reply;
      }
    }
    return answer;
  }

  return {
    query(descriptor) {
      seq = (seq + 1) >>> 0;
      const request = encodeCgroupQuery({ familyId, seq, descriptor });
      try {
        socket.send(request, request.length);
        return receive();
      } catch (error) {
        // This answer is lost. The next query uses the new socket.
        if (isDescriptorLost(error)) socket.reopen?.();
        throw error;
      }
    },
    close: () => socket.close(),
  };
}
