/**
 * Metrics as messages of the type io.prometheus.client.MetricFamily, each after its length, as Prometheus asks for native histograms
 * and for the time when a counter was created. A metric whose series are the same as on the page before is a copy of its message with
 * other numbers; labels are encoded once for as long as their object lives.
 *
 * Source: github.com/prometheus/client_model, io/prometheus/client/metrics.proto.
 */

import { zeroThreshold, type NativeBuckets } from "../account/native-buckets.ts";
import {
  beginField,
  varintLength,
  writeDoubleField,
  writeTextField,
  writeVarint,
  writeVarintField,
  zigzag,
} from "./protobuf.ts";
import { oncePerObject } from "./once-per-object.ts";
import { Scratch } from "./scratch.ts";
import type { HistogramShape, Labels, MetricHead, MetricWriter, SeriesSink, ShownHistogram } from "./series.ts";

/** Numbers of fields. */
const family = { name: 1, help: 2, type: 3, metric: 4 } as const;
const metricField = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;
const labelPair = { name: 1, value: 2 } as const;
const scalar = { value: 1, created: 3 } as const;
const histogramField = {
  sampleCount: 1,
  sampleSum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
} as const;
const bucketField = { cumulativeCount: 1, upperBound: 2 } as const;
const spanField = { offset: 1, length: 2 } as const;
const timestamp = { seconds: 1, nanos: 2 } as const;

const metricTypes: Readonly<Record<string, number>> = { counter: 0, gauge: 1, untyped: 3, histogram: 4 };

/** Holes between two buckets up to this are told as buckets of 0, which takes less than another span. */
const smallGap = 2;

/** The parts of a page's metric, as they are gathered. */
interface Gathered {
  count: number;
  readonly labels: Labels[];
  /** The own labels of a counter or gauge, or the shape of a histogram. */
  readonly kinds: (Labels | HistogramShape)[];
  /** The value of a counter or gauge, or the count of a histogram. */
  readonly values: number[];
  readonly created: (number | undefined)[];
  readonly histograms: (ShownHistogram | undefined)[];
}

/** A message as it was written. */
interface Sheet extends Omit<Gathered, "count" | "histograms"> {
  /** Where the double of a counter or gauge stands in `bytes`, or where the message of a histogram ends. */
  readonly at: readonly number[];
  /** Where the first series begins. */
  readonly begin: number;
  readonly bytes: Buffer;
}

function writeTimestamp(scratch: Scratch, field: number, time: number): void {
  const seconds = Math.floor(time);
  const nanos = Math.floor((time - seconds) * 1e9);
  beginField(scratch, field, 2 + varintLength(seconds) + varintLength(nanos));
  writeVarintField(scratch, timestamp.seconds, seconds);
  writeVarintField(scratch, timestamp.nanos, nanos);
}

/** Runs of neighbouring buckets, and the differences of their counts. */
function spansOf({ indexes, counts, size }: NativeBuckets) {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let end = 0;
  let before = 0;
  for (let slot = 0; slot < size; slot++) {
    const [index, count] = [indexes[slot] as number, counts[slot] as number];
    const last = spans.at(-1);
    const gap = index - end;
    if (last === undefined || gap > smallGap) {
      spans.push({ offset: gap, length: 1 });
    } else {
      for (let hole = 0; hole < gap; hole++, before = 0) deltas.push(-before);
      last.length += gap + 1;
    }
    deltas.push(count - before);
    [end, before] = [index + 1, count];
  }
  return { spans, deltas };
}

/** The message of labels: pairs of name and value. */
function encodeLabels(labels: Labels): Buffer {
  const scratch = new Scratch();
  const pair = new Scratch();
  for (const [name, value] of Object.entries(labels)) {
    writeTextField(pair, labelPair.name, name);
    writeTextField(pair, labelPair.value, String(value));
    const bytes = pair.take();
    beginField(scratch, metricField.label, bytes.length);
    scratch.copy(bytes, 0, bytes.length);
  }
  return scratch.take();
}

function createEncoder() {
  const bytesOf = oncePerObject(encodeLabels);
  const inner = new Scratch();
  const nested = new Scratch();

  function writeNested(into: Scratch, field: number): void {
    beginField(into, field, nested.length);
    into.copy(nested.bytes, 0, nested.length);
    nested.length = 0;
  }

  function writeNative(into: Scratch, buckets: NativeBuckets): void {
    writeVarintField(into, histogramField.schema, zigzag(buckets.schema));
    writeDoubleField(into, histogramField.zeroThreshold, zeroThreshold);
    writeVarintField(into, histogramField.zeroCount, buckets.zeroCount);
    const { spans, deltas } = spansOf(buckets);
    for (const { offset, length } of spans) {
      writeVarintField(nested, spanField.offset, zigzag(offset));
      writeVarintField(nested, spanField.length, length);
      writeNested(into, histogramField.positiveSpan);
    }
    // A histogram without a bucket has one span of none, which tells it from one without exponential buckets.
    if (spans.length === 0) {
      writeVarintField(nested, spanField.offset, 0);
      writeVarintField(nested, spanField.length, 0);
      writeNested(into, histogramField.positiveSpan);
    }
    for (const delta of deltas) writeVarintField(into, histogramField.positiveDelta, zigzag(delta));
  }

  function writeHistogram(into: Scratch, bounds: readonly number[], histogram: ShownHistogram): void {
    const { counts, sum, count, native } = histogram;
    writeVarintField(into, histogramField.sampleCount, count);
    writeDoubleField(into, histogramField.sampleSum, sum);
    let cumulative = 0;
    for (let index = 0; index < bounds.length; index++) {
      cumulative += counts[index] as number;
      writeVarintField(nested, bucketField.cumulativeCount, cumulative);
      writeDoubleField(nested, bucketField.upperBound, bounds[index] as number);
      writeNested(into, histogramField.bucket);
    }
    if (native !== undefined) writeNative(into, native);
  }

  return {
    /** Writes one series of a counter or gauge. @returns where its value stands */
    writeScalar(
      scratch: Scratch,
      type: string,
      [labels, own]: readonly [Labels, Labels],
      value: number,
      created?: number,
    ) {
      const [first, second] = [bytesOf(labels), bytesOf(own)];
      writeDoubleField(inner, scalar.value, value);
      if (created !== undefined && type === "counter") writeTimestamp(inner, scalar.created, created);
      const field = type === "counter" ? metricField.counter : metricField.gauge;
      beginField(scratch, family.metric, first.length + second.length + 2 + inner.length);
      scratch.copy(first, 0, first.length);
      scratch.copy(second, 0, second.length);
      beginField(scratch, field, inner.length);
      scratch.copy(inner.bytes, 0, inner.length);
      const at = scratch.length - inner.length + 1;
      inner.length = 0;
      return at;
    },
    writeHistogram(
      scratch: Scratch,
      labels: Labels,
      { labels: own, bounds }: HistogramShape,
      histogram: ShownHistogram,
      created?: number,
    ) {
      const [first, second] = [bytesOf(labels), bytesOf(own)];
      writeHistogram(inner, bounds, histogram);
      if (created !== undefined) writeTimestamp(inner, histogramField.created, created);
      const length = inner.length;
      beginField(scratch, family.metric, first.length + second.length + 1 + varintLength(length) + length);
      scratch.copy(first, 0, first.length);
      scratch.copy(second, 0, second.length);
      beginField(scratch, metricField.histogram, length);
      scratch.copy(inner.bytes, 0, length);
      inner.length = 0;
    },
  };
}

function hasSameSeries({ count, labels, kinds, created }: Gathered, sheet: Sheet): boolean {
  if (sheet.labels.length !== count) return false;
  for (let index = 0; index < count; index++) {
    if (labels[index] !== sheet.labels[index] || kinds[index] !== sheet.kinds[index]) return false;
    if (created[index] !== sheet.created[index]) return false;
  }
  return true;
}

function hasSameValues({ count, values }: Gathered, sheet: Sheet): boolean {
  for (let index = 0; index < count; index++) if (!Object.is(values[index], sheet.values[index])) return false;
  return true;
}

export function createProtobufWriter(): MetricWriter {
  const sheets = new Map<string, Sheet>();
  const gathered: Gathered = { count: 0, labels: [], kinds: [], values: [], created: [], histograms: [] };
  const encoder = createEncoder();
  const scratch = new Scratch();
  const length = new Scratch();
  let count = 0;

  function add(labels: Labels, kind: Labels | HistogramShape, value: number, created: number | undefined): number {
    const index = gathered.count++;
    gathered.labels[index] = labels;
    gathered.kinds[index] = kind;
    gathered.values[index] = value;
    gathered.created[index] = created;
    return index;
  }

  const sink: SeriesSink = {
    value(labels, own, value, created) {
      gathered.histograms[add(labels, own, value, created)] = undefined;
    },
    histogram(labels, shape, histogram, created) {
      gathered.histograms[add(labels, shape, histogram.count, created)] = histogram;
    },
  };

  /** Writes a histogram, or copies it: its sum and buckets stay what they are while its count does. */
  function writeHistogram(index: number, histogram: ShownHistogram, former: Sheet | undefined): number {
    if (former !== undefined && former.values[index] === histogram.count) {
      const begin = index === 0 ? former.begin : (former.at[index - 1] as number);
      scratch.copy(former.bytes, begin, former.at[index] as number);
    } else {
      const [labels, shape] = [gathered.labels[index] as Labels, gathered.kinds[index] as HistogramShape];
      encoder.writeHistogram(scratch, labels, shape, histogram, gathered.created[index]);
    }
    return scratch.length;
  }

  function writeScalar(index: number, type: string): number {
    const labels = [gathered.labels[index], gathered.kinds[index]] as [Labels, Labels];
    return encoder.writeScalar(scratch, type, labels, gathered.values[index] as number, gathered.created[index]);
  }

  /** @param former of the same series */
  function compose({ name, help, type }: MetricHead, former: Sheet | undefined): Sheet {
    writeTextField(scratch, family.name, name);
    writeTextField(scratch, family.help, help);
    writeVarintField(scratch, family.type, metricTypes[type] ?? metricTypes["untyped"] ?? 0);
    const begin = scratch.length;
    const at: number[] = [];
    for (let index = 0; index < gathered.count; index++) {
      const histogram = gathered.histograms[index];
      at.push(histogram === undefined ? writeScalar(index, type) : writeHistogram(index, histogram, former));
    }
    writeVarint(length, scratch.length);
    const prefix = length.length;
    length.copy(scratch.bytes, 0, scratch.length);
    scratch.length = 0;
    const all = gathered.count;
    return {
      labels: gathered.labels.slice(0, all),
      kinds: gathered.kinds.slice(0, all),
      values: gathered.values.slice(0, all),
      created: gathered.created.slice(0, all),
      at: at.map((place) => place + prefix),
      begin: begin + prefix,
      bytes: length.take(),
    };
  }

  /** The same message with other numbers. */
  function renumber(sheet: Sheet): Sheet {
    const bytes = Buffer.allocUnsafeSlow(sheet.bytes.length);
    sheet.bytes.copy(bytes);
    const values = gathered.values.slice(0, gathered.count);
    values.forEach((value, index) => {
      if (!Object.is(value, sheet.values[index])) bytes.writeDoubleLE(value, sheet.at[index]);
    });
    return { ...sheet, values, bytes };
  }

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
      const same = former !== undefined && hasSameSeries(gathered, former) ? former : undefined;
      if (same !== undefined && hasSameValues(gathered, same)) return same.bytes;
      const sheet = same !== undefined && head.type !== "histogram" ? renumber(same) : compose(head, same);
      sheets.set(head.name, sheet);
      return sheet.bytes;
    },
  };
}
