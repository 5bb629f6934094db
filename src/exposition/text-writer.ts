/** Metrics as Prometheus' text format 0.0.4 and OpenMetrics 1.0 have them: each series is a line, a histogram a line for each bucket. */

import { oncePerObject } from "./once-per-object.ts";
import type { Scratch } from "./scratch.ts";
import type { SeriesEncoder } from "./series-encoder.ts";
import type { Format, HistogramShape, Labels, MetricHead, MetricWriter } from "./series.ts";
import { createSheetWriter } from "./sheet-writer.ts";

export type TextFormat = Exclude<Format, "protobuf">;

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };

const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (character) => escapes[character] ?? character);
const escapeLabel = (text: string): string => text.replace(/[\\\n"]/g, (character) => escapes[character] ?? character);

const formatLabels = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(",");

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** OpenMetrics writes a bound as a float: `1.0`. */
function formatBound(bound: number, format: TextFormat): string {
  const text = String(bound);
  return format === "openmetrics" && Number.isInteger(bound) && !text.includes("e") ? `${text}.0` : text;
}

/** OpenMetrics names a counter's family without `_total`. Its counters end so; one that does not has no known type there. */
function formatHead({ name, help, type }: MetricHead, format: TextFormat): string {
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  const shown = format === "openmetrics" && type === "counter" && family === name ? "unknown" : type;
  return `# HELP ${family} ${escapeHelp(help)}\n# TYPE ${family} ${shown}\n`;
}

const newline = 0x0a;
const zeroDigit = 0x30;

/** Writes a number; one below 2^31 without a text of its own. */
function writeNumber(scratch: Scratch, value: number): void {
  if (!(value >= 0 && value < 2 ** 31 && Number.isInteger(value)) || Object.is(value, -0)) {
    scratch.ascii(formatNumber(value));
    return;
  }
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.trunc(rest / 10)) digits++;
  scratch.reserve(digits);
  scratch.length += digits;
  let rest = value;
  for (let at = scratch.length - 1; digits > 0; at--, digits--) {
    const next = Math.trunc(rest / 10);
    scratch.bytes[at] = zeroDigit + rest - 10 * next;
    rest = next;
  }
}

/** A line of a histogram up to its number, but for the metric's name and the labels of the group. */
interface HistogramLine {
  readonly suffix: string;
  readonly own: string;
}

function histogramLines({ labels, bounds }: HistogramShape, format: TextFormat): readonly HistogramLine[] {
  const own = formatLabels(labels);
  const bucket = (le: string): HistogramLine => ({ suffix: "_bucket", own: formatLabels({ ...labels, le }) });
  return [
    ...bounds.map((bound) => bucket(formatBound(bound, format))),
    bucket("+Inf"),
    { suffix: "_sum", own },
    { suffix: "_count", own },
  ];
}

/** Writes a line up to its number. */
function beginLine(scratch: Scratch, name: string, group: string, own: string): void {
  const joined = group && own ? `${group},${own}` : group || own;
  scratch.text(`${name}${joined && `{${joined}}`} `);
}

function createTextEncoder(format: TextFormat): SeriesEncoder {
  const textOf = oncePerObject(formatLabels);
  const linesOf = oncePerObject((shape: HistogramShape) => histogramLines(shape, format));
  return {
    writeHead: (scratch, head) => scratch.text(formatHead(head, format)),
    beginValue: (scratch, { head, labels }, own) => beginLine(scratch, head.name, textOf(labels), textOf(own)),
    writeNumber,
    endValue: (scratch) => scratch.byte(newline),
    writeHistogram(scratch, { head, labels }, { counts, sum, count }, shape) {
      const group = textOf(labels);
      let cumulative = 0;
      linesOf(shape).forEach(({ suffix, own }, index) => {
        beginLine(scratch, `${head.name}${suffix}`, group, own);
        if (index < counts.length) cumulative += counts[index] as number;
        writeNumber(scratch, index < counts.length ? cumulative : suffix === "_sum" ? sum : count);
        scratch.byte(newline);
      });
    },
    countHistogram: ({ bounds }) => bounds.length + 3,
    take(scratch) {
      const bytes = scratch.take();
      return { bytes, body: bytes };
    },
  };
}

export function createTextWriter(format: TextFormat): MetricWriter {
  return createSheetWriter(createTextEncoder(format));
}
