/** Formats durations and sizes for people: two or three digits that count, with a unit. What programs read has plain numbers. */

/** Shown in place of a figure that is not known. */
const unknown = "-";

/** A number with one decimal below 10, and without decimals from there on. */
function round(value: number): string {
  const decimal = value.toFixed(1);
  return Number(decimal) < 10 ? decimal : value.toFixed(0);
}

/** Milliseconds begin at 0.1, since they are what people compare. 99.5 us is where it would be shown as `100 us`. */
function formatShort(seconds: number): string {
  if (seconds >= 99.5e-6) return `${round(seconds * 1e3)} ms`;
  if (seconds >= 99.5e-9) return `${round(seconds * 1e6)} us`;
  return `${(seconds * 1e9).toFixed(0)} ns`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** @param seconds a whole number from 60 on */
function formatLong(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${twoDigits(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/**
 * A duration in one or two units: `35 us`, `0.4 ms`, `12 s`, `1 min 05 s`, `3 h 05 min`, `12 d 07 h`. It takes at most 11 columns below
 * 10,000 days.
 *
 * @param seconds not negative; NaN where the duration is not known, which gives `-`
 */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return unknown;
  if (seconds <= 0) return "0 s";
  if (seconds < 0.9995) return formatShort(seconds);
  return Math.round(seconds) < 60 ? `${round(seconds)} s` : formatLong(Math.round(seconds));
}

const sizeUnits = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/**
 * A size in powers of 1024: `512 B`, `4.2 MiB`, `1023 KiB`. It takes at most 8 columns below 1024 PiB.
 *
 * @param bytes not negative; NaN where the size is not known, which gives `-`
 */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return unknown;
  if (Math.round(bytes) < 1024) return `${Math.max(0, Math.round(bytes))} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${round(value)} ${sizeUnits[unit]}`;
}
