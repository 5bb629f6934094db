/** Formats rates for people: three digits, and never a 0 for something that happened. Pure. */

const units = ["", "k", "M", "G"] as const;

/** Below the first, a number is shown with two digits after the point; below the second, with one. */
const [hundredths, tenths] = [9.995, 99.95];

function formatDigits(value: number): string {
  if (value < hundredths) return value.toFixed(2);
  return value < tenths ? value.toFixed(1) : value.toFixed(0);
}

/**
 * Formats a rate in five characters at the most: `0`, `<0.01`, `0.52`, `12.3`, `120`, `4711`, `12.3k`.
 *
 * @param rate not negative; NaN, where nothing is known, is shown as `-`
 */
export function formatRate(rate: number): string {
  if (Number.isNaN(rate)) return "-";
  if (rate <= 0) return "0";
  if (rate < 0.005) return "<0.01";
  if (rate < 9999.5) return formatDigits(rate);
  let value = rate;
  let unit = 0;
  // 999.5 would be shown as 1000.
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return value < 9999.5 ? `${formatDigits(value)}${units[unit] as string}` : ">9T";
}
