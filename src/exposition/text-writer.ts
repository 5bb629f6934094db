/**
 * Metrics as Prometheus' text format 0.0.4 and OpenMetrics 1.0 have them. The writer remembers each metric's lines: most of what a page
 * says was on the page before. Where a line's series is the same, the bytes of its labels are copied, in one piece with what
 * has not changed around it, and only a number that changed is written anew. Where nothing has changed the same buffer is returned.
 */

import { oncePerObject } from "./once-per-object.ts";
import { Scratch } from "./scratch.ts";
import type { Format, HistogramShape, Labels, MetricHead, MetricWriter, SeriesSink } from "./series.ts";

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

/** What a line says besides its group's labels and its number. */
interface LineKind {
  readonly suffix: string;
  /** Text of the series' own labels. */
  readonly own: string;
}

/** The lines of one metric, as they are gathered. */
interface Gathered {
  count: number;
  readonly labels: Labels[];
  readonly kinds: LineKind[];
  values: Float64Array;
}

/** The lines of one metric, as they were written. */
interface Sheet {
  readonly labels: readonly Labels[];
  readonly kinds: readonly LineKind[];
  readonly values: Float64Array;
  /** Where the number of each line begins, and where the line ends. */
  readonly numbers: Uint32Array;
  readonly ends: Uint32Array;
  readonly headEnd: number;
  readonly bytes: Buffer;
}

const newline = 0x0a;
const zeroDigit = 0x30;

/** Writes a number; one below 2^31 without a text of its own. */
function writeNumber(scratch: Scratch, value: number): void {
  if (!(value >= 0 && value < 2 ** 31 && Number.isInteger(value)) || Object.is(value, -0)) {
    const text = formatNumber(value);
    scratch.reserve(text.length);
    scratch.length += scratch.bytes.write(text, scratch.length, "latin1");
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

/** Finds lines of a sheet where the order or the number of lines has changed. */
function createFinder({ labels, kinds }: Sheet): (group: Labels, kind: LineKind, after: number) => number {
  /** The first line of each group: the lines of a group are together. */
  let begins: Map<Labels, number> | undefined;
  const index = (): Map<Labels, number> => {
    const found = new Map<Labels, number>();
    labels.forEach((group, line) => {
      if (!found.has(group)) found.set(group, line);
    });
    return found;
  };
  return (group, kind, after) => {
    begins ??= index();
    const begin = labels[after] === group ? after : (begins.get(group) ?? labels.length);
    for (let line = begin; labels[line] === group; line++) if (kinds[line] === kind) return line;
    return -1;
  };
}

/** Writes the lines of one metric, those of `former` with what can be copied from it. */
function writeLines(head: string, name: string, gathered: Gathered, former: Sheet | undefined, memory: Memory): Sheet {
  const { scratch, textOf } = memory;
  const { count, labels, kinds, values } = gathered;
  const [numbers, ends] = [new Uint32Array(count), new Uint32Array(count)];
  const find = former && createFinder(former);
  scratch.text(head);
  const headEnd = scratch.length;
  /** What is to be copied of the former bytes before the next number that is written. */
  let [from, to] = [0, 0];
  /** The line of the sheet that comes next if nothing has changed. */
  let next = 0;
  const flush = (): void => {
    if (former !== undefined) scratch.copy(former.bytes, from, to);
    [from, to] = [0, 0];
  };
  for (let line = 0; line < count; line++) {
    const [group, kind, value] = [labels[line] as Labels, kinds[line] as LineKind, values[line] as number];
    let known = -1;
    if (former !== undefined) {
      const isNext = former.labels[next] === group && former.kinds[next] === kind;
      known = isNext ? next : (find?.(group, kind, next) ?? -1);
    }
    if (former === undefined || known < 0) {
      flush();
      const [groupText, own] = [textOf(group), kind.own];
      const joined = groupText && own ? `${groupText},${own}` : groupText || own;
      scratch.text(`${name}${kind.suffix}${joined && `{${joined}}`} `);
      numbers[line] = scratch.length;
      writeNumber(scratch, value);
      scratch.byte(newline);
      ends[line] = scratch.length;
      continue;
    }
    const begin = known === 0 ? former.headEnd : (former.ends[known - 1] as number);
    const [number, end] = [former.numbers[known] as number, former.ends[known] as number];
    if (begin !== to) {
      flush();
      from = begin;
    }
    const shift = scratch.length - from;
    numbers[line] = number + shift;
    if (Object.is(former.values[known], value)) {
      to = end;
    } else {
      to = number;
      flush();
      writeNumber(scratch, value);
      // The line's end is copied with what follows.
      [from, to] = [end - 1, end];
    }
    ends[line] = scratch.length + to - from;
    next = known + 1;
  }
  flush();
  const series = former !== undefined && hasSameSeries(gathered, former) ? former : copySeries(gathered);
  return {
    ...{ labels: series.labels, kinds: series.kinds, values: values.slice(0, count) },
    ...{ numbers, ends, headEnd, bytes: scratch.take() },
  };
}

const copySeries = ({ count, labels, kinds }: Gathered): Pick<Sheet, "labels" | "kinds"> => ({
  labels: labels.slice(0, count),
  kinds: kinds.slice(0, count),
});

function hasSameSeries({ count, labels, kinds }: Gathered, sheet: Sheet): boolean {
  if (sheet.labels.length !== count) return false;
  for (let line = 0; line < count; line++) {
    if (labels[line] !== sheet.labels[line] || kinds[line] !== sheet.kinds[line]) return false;
  }
  return true;
}

function isSame(gathered: Gathered, sheet: Sheet): boolean {
  const { count, values } = gathered;
  if (sheet.labels.length !== count) return false;
  for (let line = 0; line < count; line++) if (!Object.is(values[line], sheet.values[line])) return false;
  return hasSameSeries(gathered, sheet);
}

interface Memory {
  readonly scratch: Scratch;
  readonly textOf: (labels: Labels) => string;
}

/** Kinds of lines, made once for as long as the object lives that they belong to. */
function createKinds(format: TextFormat) {
  const bucket = (labels: Labels, le: string): LineKind => ({
    suffix: "_bucket",
    own: formatLabels({ ...labels, le }),
  });
  const ofShape = oncePerObject(({ labels, bounds }: HistogramShape): readonly LineKind[] => {
    const own = formatLabels(labels);
    return [
      ...bounds.map((bound) => bucket(labels, formatBound(bound, format))),
      bucket(labels, "+Inf"),
      { suffix: "_sum", own },
      { suffix: "_count", own },
    ];
  });
  const ofLabels = oncePerObject((own: Labels): LineKind => ({ suffix: "", own: formatLabels(own) }));
  return { ofLabels, ofShape };
}

function createGathered(): Gathered & { readonly sink: (kinds: ReturnType<typeof createKinds>) => SeriesSink } {
  const gathered: Gathered = { count: 0, labels: [], kinds: [], values: new Float64Array(1024) };
  function add(labels: Labels, kind: LineKind, value: number): void {
    const line = gathered.count++;
    if (line === gathered.values.length) {
      const values = new Float64Array(2 * line);
      values.set(gathered.values);
      gathered.values = values;
    }
    gathered.labels[line] = labels;
    gathered.kinds[line] = kind;
    gathered.values[line] = value;
  }
  return Object.assign(gathered, {
    sink: (kinds: ReturnType<typeof createKinds>): SeriesSink => ({
      value: (labels, own, value) => add(labels, kinds.ofLabels(own), value),
      histogram(labels, shape, { counts, sum, count }) {
        const lines = kinds.ofShape(shape);
        let cumulative = 0;
        for (let index = 0; index < counts.length; index++) {
          cumulative += counts[index] as number;
          add(labels, lines[index] as LineKind, cumulative);
        }
        add(labels, lines[counts.length] as LineKind, count);
        add(labels, lines[counts.length + 1] as LineKind, sum);
        add(labels, lines[counts.length + 2] as LineKind, count);
      },
    }),
  });
}

export function createTextWriter(format: TextFormat): MetricWriter {
  const sheets = new Map<string, Sheet>();
  const gathered = createGathered();
  const kinds = createKinds(format);
  const sink = gathered.sink(kinds);
  let count = 0;

  const memory: Memory = { scratch: new Scratch(), textOf: oncePerObject(formatLabels) };

  return {
    get count() {
      return count;
    },
    write(head, fill) {
      gathered.count = 0;
      fill(sink);
      count += gathered.count;
      if (gathered.count === 0) {
        sheets.delete(head.name);
        return undefined;
      }
      const former = sheets.get(head.name);
      if (former !== undefined && isSame(gathered, former)) return former.bytes;
      const sheet = writeLines(formatHead(head, format), head.name, gathered, former, memory);
      sheets.set(head.name, sheet);
      return sheet.bytes;
    },
  };
}
