/** Formats texts as Go's standard library does: templates must give the same group names as process-exporter. */

const secondsPerDay = 86_400;

/** The last element of a path, as Go's filepath.Base gives it: "." of an empty path, "/" of slashes alone. */
export function baseName(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return end === 0 ? "/" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

/** A list of texts as Go prints it: `[a b]`. */
export function formatList(texts: readonly string[]): string {
  return `[${texts.join(" ")}]`;
}

/** A map of texts as Go prints it, sorted by key: `map[:nginx port:80]`. */
export function formatMap(texts: ReadonlyMap<string, string>): string {
  const sorted = [...texts].sort(([one], [other]) => (one < other ? -1 : 1));
  return `map[${sorted.map(([key, text]) => `${key}:${text}`).join(" ")}]`;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");

/**
 * Formats a day as a date of the Gregorian calendar. The years of the calculation begin in March: the leap day is the last.
 * Source: Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
 */
function formatDate(daysSince1970: number): string {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** A start time as Go prints a time.Time in UTC, to the clock tick of 10 ms: `2006-01-02 15:04:05.99 +0000 UTC`. */
export function formatTime(secondsSince1970: number): string {
  const ticks = Math.round(secondsSince1970 * 100);
  const seconds = Math.floor(ticks / 100);
  const days = Math.floor(seconds / secondsPerDay);
  const second = seconds - days * secondsPerDay;
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map((part) => pad(part));
  const fraction = ticks === seconds * 100 ? "" : `.${pad(ticks - seconds * 100)}`.replace(/0$/, "");
  return `${formatDate(days)} ${clock.join(":")}${fraction} +0000 UTC`;
}
