/** What the kernel is to queue of the process connector's messages: one kind of event, and the answers to requests. */

import { asLoaded, jumpIfEqual, keepBytes, loadWord, type Instruction } from "../netlink/bpf.ts";
import { NLMSG_HDRLEN } from "../netlink/constants.ts";
import { CN_MSG_BYTES, PROC_EVENT, PROC_EVENT_NONE } from "./constants.ts";

const whole = 0xffff_ffff;

/** @param what PROC_EVENT_FORK or another kind; four events in ten of a machine are of kinds that nobody here wants */
export function createEventFilter(what: number): readonly Instruction[] {
  return [
    loadWord(NLMSG_HDRLEN + CN_MSG_BYTES + PROC_EVENT.what),
    jumpIfEqual(asLoaded(what), 1, 0),
    jumpIfEqual(asLoaded(PROC_EVENT_NONE), 0, 1),
    keepBytes(whole),
    keepBytes(0),
  ];
}
