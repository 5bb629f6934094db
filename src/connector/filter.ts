/** What the kernel is to queue of the process connector's messages: some kinds of event, and the answers to requests. */

import { asLoaded, jumpIfEqual, jumpIfKept, keepBytes, keepWord, loadWord, type Instruction } from "../netlink/bpf.ts";
import { NLMSG_HDRLEN } from "../netlink/constants.ts";
import { CN_MSG_BYTES, PROC_EVENT, PROC_EVENT_EXEC, PROC_EVENT_FORK, PROC_EVENT_NONE } from "./constants.ts";

const whole = 0xffff_ffff;

const wordOf = (at: number): Instruction => loadWord(NLMSG_HDRLEN + CN_MSG_BYTES + at);

/** @param what PROC_EVENT_FORK or another kind; four events in ten of a machine are of kinds that nobody here wants */
export function createEventFilter(what: number): readonly Instruction[] {
  return [
    wordOf(PROC_EVENT.what),
    jumpIfEqual(asLoaded(what), 1, 0),
    jumpIfEqual(asLoaded(PROC_EVENT_NONE), 0, 1),
    keepBytes(whole),
    keepBytes(0),
  ];
}

/** Execs, and forks of processes: a new thread's fork says another process than its own id, and programs have many threads. */
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
