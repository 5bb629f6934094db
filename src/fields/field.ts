/** The shape of one row of the field table. Source: include/uapi/linux/taskstats.h, Linux 7.0. */

/** Kernel units. `mb_us` is megabytes (2^20 bytes) times microseconds of CPU time; `id` and `bits` are no quantities. */
export type Unit = "ns" | "us" | "s" | "bytes" | "kilobytes" | "mb_us" | "events" | "id" | "bits";

/** C types that occur in the struct, besides the text of ac_comm. */
export type Width = "u8" | "s8" | "u16" | "u32" | "u64" | "s64";

/** One numeric member of `struct taskstats`. A new kernel field is a new row. */
export interface Field {
  /** C member name; this field's key everywhere. */
  readonly key: string;
  /** Byte offset in the layout of v16 and v17, of which v4 to v14 are prefixes. v15 has its own: taskstats/layout.ts. */
  readonly at: number;
  readonly width: Width;
  /** First struct version that has it. */
  readonly since: number;
  readonly unit: Unit;
  /**
   * Which records fill it: a thread group's sums (TGID reply, AGGR_TGID) and per-thread ones, or only the latter.
   * `header` is filled in both and belongs to neither.
   */
  readonly scope: "group" | "thread" | "header";
  /** What it is, in one line; printed by `query`. */
  readonly about: string;
}
