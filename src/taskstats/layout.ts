/**
 * Offsets of the fields in a struct of a given version and length. The structs of versions 4 to 14, 16 and 17 are prefixes
 * of one layout; version 15 has a layout of its own. Source: include/uapi/linux/taskstats.h of each release.
 */

import { commField, fields, slotOf, type FieldKey } from "../fields/fields.ts";
import type { Field, Width } from "../fields/field.ts";

/** Size of the struct in bytes, by version. A newer version is read as the last one here. */
const structBytes: ReadonlyMap<number, number> = new Map([
  [4, 272],
  [5, 288],
  [6, 312],
  [7, 328],
  [8, 328],
  [9, 344],
  [10, 352],
  [11, 368],
  [12, 400],
  [13, 416],
  [14, 432],
  [15, 560],
  [16, 560],
  [17, 688],
]);

/** The smallest struct that is read: that of version 4. */
export const smallestStructBytes = 272;

/** Offsets in version 15. It inserted members for maximum and minimum in the middle of the struct, which moved those behind. */
// prettier-ignore
const v15Offsets: Partial<Record<FieldKey, number>> = {
  cpu_count: 16, cpu_delay_total: 24, cpu_delay_max: 32, cpu_delay_min: 40,
  blkio_count: 48, blkio_delay_total: 56, blkio_delay_max: 64, blkio_delay_min: 72,
  swapin_count: 80, swapin_delay_total: 88, swapin_delay_max: 96, swapin_delay_min: 104,
  cpu_run_real_total: 112, cpu_run_virtual_total: 120, ac_sched: 160,
  ac_uid: 168, ac_gid: 172, ac_pid: 176, ac_ppid: 180, ac_btime: 184, ac_etime: 192, ac_utime: 200, ac_stime: 208,
  ac_minflt: 216, ac_majflt: 224, coremem: 232, virtmem: 240, hiwater_rss: 248, hiwater_vm: 256,
  read_char: 264, write_char: 272, read_syscalls: 280, write_syscalls: 288,
  read_bytes: 296, write_bytes: 304, cancelled_write_bytes: 312, nvcsw: 320, nivcsw: 328,
  ac_utimescaled: 336, ac_stimescaled: 344, cpu_scaled_run_real_total: 352,
  freepages_count: 360, freepages_delay_total: 368, freepages_delay_max: 376, freepages_delay_min: 384,
  thrashing_count: 392, thrashing_delay_total: 400, thrashing_delay_max: 408, thrashing_delay_min: 416,
  ac_btime64: 424, compact_count: 432, compact_delay_total: 440, compact_delay_max: 448, compact_delay_min: 456,
  ac_tgid: 464, ac_tgetime: 472, ac_exe_dev: 480, ac_exe_inode: 488,
  wpcopy_count: 496, wpcopy_delay_total: 504, wpcopy_delay_max: 512, wpcopy_delay_min: 520,
  irq_count: 528, irq_delay_total: 536, irq_delay_max: 544, irq_delay_min: 552,
};

const v15CommAt = 128;

const widthBytes: Readonly<Record<Width, number>> = { u8: 1, s8: 1, u16: 2, u32: 4, u64: 8, s64: 8 };

/** Where one field is, in the struct and in the array of figures. */
interface Place {
  readonly slot: number;
  readonly at: number;
  readonly width: Width;
}

/** The places of the wanted fields in a struct of one version and length. */
export interface Layout {
  /** Slots of the eight-byte counters, which most fields are. `counterOffsets` has the offset of each at the same index. */
  readonly counterSlots: Uint16Array;
  readonly counterOffsets: Uint16Array;
  /** The same for members of four bytes. */
  readonly wordSlots: Uint16Array;
  readonly wordOffsets: Uint16Array;
  /** Places of the fields of all other widths. */
  readonly others: readonly Place[];
  /** Slots of all fields that are not read. */
  readonly absentSlots: Uint16Array;
}

/** Offset of ac_comm in the struct. */
export function commOffset(version: number): number {
  return version === 15 ? v15CommAt : commField.at;
}

/**
 * The newest version whose struct fits in `length`, never 15. For structs that say version 0, as those of AGGR_TGID do on
 * Linux 5.10 and 6.1.
 */
export function versionOfLength(length: number): number {
  let found = 4;
  for (const [version, bytes] of structBytes) if (bytes <= length && version !== 15) found = version;
  return found;
}

/** Computes the layout of those wanted fields that `version` has and that lie within `length` bytes. */
export function createLayout(version: number, length: number, wanted: readonly FieldKey[]): Layout {
  const places = wanted
    .map((key) => placeOf(key, version))
    .filter((place) => place !== undefined)
    .filter((place) => place.at + widthBytes[place.width] <= length);
  const counters = places.filter(({ width }) => width === "u64");
  const words = places.filter(({ width }) => width === "u32");
  const present = new Set(places.map(({ slot }) => slot));
  return {
    counterSlots: Uint16Array.from(counters, ({ slot }) => slot),
    counterOffsets: Uint16Array.from(counters, ({ at }) => at),
    wordSlots: Uint16Array.from(words, ({ slot }) => slot),
    wordOffsets: Uint16Array.from(words, ({ at }) => at),
    others: places.filter(({ width }) => width !== "u64" && width !== "u32"),
    absentSlots: Uint16Array.from([...fields.keys()].filter((slot) => !present.has(slot))),
  };
}

function placeOf(key: FieldKey, version: number): Place | undefined {
  const slot = slotOf(key);
  const field = fields[slot] as Field;
  if (field.since > version) return undefined;
  const at = version === 15 ? (v15Offsets[key] ?? field.at) : field.at;
  return { slot, at, width: field.width };
}
