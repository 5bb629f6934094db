/** The type of a row in the table of kernel fields. Source: include/uapi/linux/taskstats.h, Linux 7.0. */

/** Units of the kernel. `mb_us` is megabytes (2^20 bytes) times microseconds of CPU time; `id` and `bits` are no quantities. */
export type Unit = "ns" | "us" | "s" | "bytes" | "kilobytes" | "mb_us" | "events" | "id" | "bits";

/** C types of the struct's members. Only `ac_comm` has another one: it is a text. */
export type Width = "u8" | "s8" | "u16" | "u32" | "u64" | "s64";

/** One numeric member of `struct taskstats`. A new kernel field is a new row. */
export interface Field {
  /** The name of the C member. The whole program names the field by it. */
  readonly key: string;
  /** Byte offset in the struct of v16 and v17. v4 to v14 have the same offsets; those of v15 are in taskstats/layout.ts. */
  readonly at: number;
  readonly width: Width;
  /** First version of the struct that has the field. */
  readonly since: number;
  readonly unit: Unit;
  /**
   * Which structs fill the field. `thread`: records of threads only. `group`: a process's sums (TGID reply, AGGR_TGID) too.
   * `header`: both, but it describes the struct, not a thread or process.
   */
  readonly scope: "group" | "thread" | "header";
  /** Describes the field in one line. `query` prints it. */
  readonly about: string;
}
