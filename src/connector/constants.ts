/** Numbers of the process connector, under the names of include/uapi/linux/connector.h and include/uapi/linux/cn_proc.h. */

// struct cb_id of the process connector. CN_IDX_PROC is its multicast group as well.
export const CN_IDX_PROC = 1;
export const CN_VAL_PROC = 1;

// enum proc_cn_mcast_op
export const PROC_CN_MCAST_LISTEN = 1;
export const PROC_CN_MCAST_IGNORE = 2;

// enum proc_cn_event, the member `what` of struct proc_event. The kernel answers LISTEN and IGNORE with NONE.
export const PROC_EVENT_NONE = 0;
export const PROC_EVENT_FORK = 1;
export const PROC_EVENT_EXEC = 2;

/** sizeof(struct cn_msg), without its data. */
export const CN_MSG_BYTES = 20;
/** Offsets in struct cn_msg. */
export const CN_MSG = { idx: 0, val: 4, len: 16 } as const;
/** Offsets in struct proc_event. Those of event_data depend on the kind of event. */
export const PROC_EVENT = {
  what: 0,
  /** u64, nanoseconds of the monotonic clock. */
  timestamp_ns: 8,
  ack: { err: 16, end: 20 },
  fork: { parent_tgid: 20, child_pid: 24, child_tgid: 28, end: 32 },
  exec: { process_pid: 16, process_tgid: 20, end: 24 },
} as const;
