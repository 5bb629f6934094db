/** BPF programs for the socket: the kernel then queues only the wanted kinds of event, and the answers to requests. */

import { asLoaded, jumpIfEqual, jumpIfKept, keepBytes, keepWord, loadWord, type Instruction } from "../netlink/bpf.ts";
import { NLMSG_HDRLEN } from "../netlink/constants.ts";
import { CN_MSG_BYTES, PROC_EVENT, PROC_EVENT_EXEC, PROC_EVENT_FORK, PROC_EVENT_NONE } from "./constants.ts";

/** Keeps all bytes of a datagram. */
const whole = 0xffff_ffff;

/** Loads the 32-bit member of struct proc_event at `at`. */
const wordOf = (at: number): Instruction => loadWord(NLMSG_HDRLEN + CN_MSG_BYTES + at);

/**
 * Lets one kind of event through. Four in ten of a machine's events are of kinds that the exporter does not use.
 *
 * @param what PROC_EVENT_FORK or another kind
 */
export function createEventFilter(what: number): readonly Instruction[] {
  return [
    wordOf(PROC_EVENT.what),
    jumpIfEqual(asLoaded(what), 1, 0),
    jumpIfEqual(asLoaded(PROC_EVENT_NONE), 0, 1),
    keepBytes(whole),
    keepBytes(0),
  ];
}

/** Lets execs and forks of processes through, not the many forks of threads: a new thread's id differs from its process's. */
export function createProgramFilter(): readonly Instruction[] {
  return [
    wordOf(PROC_EVENT.what),
    jumpIfEqual(asLoaded(PROC_EVENT_EXEC), 6, 0),
    jumpIfEqual(asLoaded(PROC_EVENT_NONE), 5, 0),
    jumpIfEqual(asLoaded(PROC_EVENT_FORK), 0, 5),
    wordOf(PROC_EVENT.fork.child_pid),
    keepWord,
    wordOf(PROC_EVENT.fork.child_tgid),
    jumpIfKept(0, 1),
    keepBytes(whole),
    keepBytes(0),
  ];
}
