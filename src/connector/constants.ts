/** Numbers of the process connector. Sources: include/uapi/linux/connector.h, include/uapi/linux/cn_proc.h; the names are theirs. */

// struct cb_id of the process connector; CN_IDX_PROC is its multicast group too
export const CN_IDX_PROC = 1;
export const CN_VAL_PROC = 1;

// enum proc_cn_mcast_op
export const PROC_CN_MCAST_LISTEN = 1;
export const PROC_CN_MCAST_IGNORE = 2;

// enum proc_cn_event, `what` of struct proc_event. NONE answers LISTEN and IGNORE.
export const PROC_EVENT_NONE = 0;
export const PROC_EVENT_FORK = 1;
export const PROC_EVENT_EXEC = 2;

/** sizeof(struct cn_msg), its data left out */
export const CN_MSG_BYTES = 20;
/** Where the members of struct cn_msg are. */
export const CN_MSG = { idx: 0, val: 4, len: 16 } as const;
/** Where the members of struct proc_event are; those of event_data by the kind of event. */
export const PROC_EVENT = {
  what: 0,
  /** Nanoseconds of the monotonic clock, u64. */
  timestamp_ns: 8,
  ack: { err: 16, end: 20 },
  fork: { parent_tgid: 20, child_pid: 24, child_tgid: 28, end: 32 },
  exec: { process_pid: 16, process_tgid: 20, end: 24 },
} as const;
