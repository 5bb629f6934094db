/**
 * Metrics as messages of the type io.prometheus.client.MetricFamily, each after its length, as Prometheus asks for native histograms
 * and for the time when a counter was created.
 *
 * Source: github.com/prometheus/client_model, io/prometheus/client/metrics.proto.
 */

import { oncePerObject } from "./once-per-object.ts";
import { createHistogramEncoder } from "./protobuf-histogram.ts";
import {
  beginField,
  beginDouble,
  varintLength,
  writeTextField,
  writeTimestamp,
  writeVarint,
  writeVarintField,
} from "./protobuf.ts";
import { Scratch } from "./scratch.ts";
import type { SeriesEncoder, SeriesPlace } from "./series-encoder.ts";
import type { Labels, MetricWriter } from "./series.ts";
import { createSheetWriter } from "./sheet-writer.ts";

/** Numbers of fields. */
const family = { name: 1, help: 2, type: 3, metric: 4 } as const;
const metricField = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;
const labelPair = { name: 1, value: 2 } as const;
const scalar = { value: 1, created: 3 } as const;

const metricTypes: Readonly<Record<string, number>> = { counter: 0, gauge: 1, untyped: 3, histogram: 4 };

/** The field of a double: its tag and the double. */
const doubleFieldBytes = 9;

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

/** Encodes the field with the time of creation. Many series have the same time, so the last one is kept. */
function createTimestamps(): (created: number) => Buffer {
  const scratch = new Scratch();
  const none = Buffer.alloc(0);
  let last: { readonly created: number; readonly bytes: Buffer } = { created: NaN, bytes: none };
  return (created) => {
    if (Number.isNaN(created)) return none;
    if (created !== last.created) {
      writeTimestamp(scratch, scalar.created, created);
      last = { created, bytes: scratch.take() };
    }
    return last.bytes;
  };
}

function createProtobufEncoder(): SeriesEncoder {
  const bytesOf = oncePerObject(encodeLabels);
  const timestampOf = createTimestamps();
  const encodeHistogram = createHistogramEncoder();
  const inner = new Scratch();
  const none = Buffer.alloc(0);

  /** A gauge has no time of creation. */
  const createdOf = ({ head, created }: SeriesPlace): Buffer => (head.type === "counter" ? timestampOf(created) : none);

  /** A metric up to the message of this length with its value. */
  function beginMetric(scratch: Scratch, labels: Labels, own: Labels, value: { field: number; length: number }): void {
    const [first, second] = [bytesOf(labels), bytesOf(own)];
    const { field, length } = value;
    beginField(scratch, family.metric, first.length + second.length + 1 + varintLength(length) + length);
    scratch.copy(first, 0, first.length);
    scratch.copy(second, 0, second.length);
    beginField(scratch, field, length);
  }

  return {
    writeHead(scratch, { name, help, type }) {
      writeTextField(scratch, family.name, name);
      writeTextField(scratch, family.help, help);
      writeVarintField(scratch, family.type, metricTypes[type] ?? metricTypes["untyped"] ?? 0);
    },
    beginValue(scratch, place, own) {
      const field = place.head.type === "counter" ? metricField.counter : metricField.gauge;
      beginMetric(scratch, place.labels, own, { field, length: doubleFieldBytes + createdOf(place).length });
      beginDouble(scratch, scalar.value);
    },
    writeNumber: (scratch, value) => scratch.double(value),
    overwriteNumber: (scratch, at, value) => void scratch.bytes.writeDoubleLE(value, at),
    endValue(scratch, place) {
      const created = createdOf(place);
      scratch.copy(created, 0, created.length);
    },
    writeHistogram(scratch, { labels, created }, histogram, { labels: own, bounds }) {
      encodeHistogram(inner, bounds, histogram, created);
      const { length } = inner;
      beginMetric(scratch, labels, own, { field: metricField.histogram, length });
      scratch.copy(inner.bytes, 0, length);
      inner.length = 0;
    },
    countHistogram: () => 1,
    take(scratch) {
      const { length } = scratch;
      const prefix = varintLength(length);
      const bytes = scratch.take(prefix);
      writeVarint(inner, length);
      inner.bytes.copy(bytes, 0, 0, prefix);
      inner.length = 0;
      return { bytes, body: bytes.subarray(prefix) };
    },
  };
}

export function createProtobufWriter(): MetricWriter {
  return createSheetWriter(createProtobufEncoder());
}
