/** Parses durations and sizes with units, and formats sizes. Pure. */

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Describes the form of a duration in error messages. */
export const durationForm = "a duration such as 500ms, 5s or 1m30s";

/** Describes the form of a size in error messages. */
export const sizeForm = "a size such as 8KiB, 32MiB or 1GB";

/**
 * Parses a duration in Prometheus' notation: whole numbers with the units d, h, m, s, ms, largest unit first, such as `1m30s`;
 * or `0`.
 *
 * @returns milliseconds, or undefined where the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || text === "") return undefined;
  const [, ...amounts] = match;
  const milliseconds = ["d", "h", "m", "s", "ms"].reduce(
    (sum, unit, index) => sum + Number(amounts[index] ?? 0) * (durationUnits[unit] ?? 0),
    0,
  );
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/**
 * Parses a size with a decimal unit (KB, MB, GB), a binary unit (KiB, MiB, GiB), or none for bytes.
 *
 * @returns bytes, or undefined where the text is no size
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([KMG]i?B|B)?$/.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (sizeUnits[match[2] ?? "B"] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Formats bytes in the largest binary unit that divides them: 33554432 is `32MiB`. */
export function formatSize(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const factor = sizeUnits[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}
