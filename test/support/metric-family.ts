/** Messages of metrics, decoded by a library with the part of client_model's definition that Prometheus reads. */

import protobuf from "protobufjs";

/** Field names and numbers of github.com/prometheus/client_model, io/prometheus/client/metrics.proto. */
const definition = `
syntax = "proto2";
package io.prometheus.client;
enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
message LabelPair { optional string name = 1; optional string value = 2; }
message Gauge { optional double value = 1; }
message Counter { optional double value = 1; optional Timestamp created_timestamp = 3; }
message Bucket { optional uint64 cumulative_count = 1; optional double upper_bound = 2; }
message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
message Histogram {
  optional uint64 sample_count = 1;
  optional double sample_sum = 2;
  repeated Bucket bucket = 3;
  optional sint32 schema = 5;
  optional double zero_threshold = 6;
  optional uint64 zero_count = 7;
  repeated BucketSpan positive_span = 12;
  repeated sint64 positive_delta = 13 [packed = false];
  optional Timestamp created_timestamp = 15;
}
message Metric {
  repeated LabelPair label = 1;
  optional Gauge gauge = 2;
  optional Counter counter = 3;
  optional Histogram histogram = 7;
}
message MetricFamily {
  optional string name = 1;
  optional string help = 2;
  optional MetricType type = 3;
  repeated Metric metric = 4;
}
`;

const type = protobuf.parse(definition, { keepCase: true }).root.lookupType("io.prometheus.client.MetricFamily");

export interface DecodedTimestamp {
  readonly seconds: number;
  readonly nanos?: number;
}

export interface DecodedHistogram {
  readonly sample_count: number;
  readonly sample_sum: number;
  readonly bucket?: readonly { readonly cumulative_count: number; readonly upper_bound: number }[];
  readonly schema?: number;
  readonly zero_threshold?: number;
  readonly zero_count?: number;
  readonly positive_span?: readonly { readonly offset: number; readonly length: number }[];
  readonly positive_delta?: readonly number[];
  readonly created_timestamp?: DecodedTimestamp;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE" | "HISTOGRAM" | "UNTYPED";
  readonly metric: readonly {
    readonly label?: readonly { readonly name: string; readonly value: string }[];
    readonly gauge?: { readonly value: number };
    readonly counter?: { readonly value: number; readonly created_timestamp?: DecodedTimestamp };
    readonly histogram?: DecodedHistogram;
  }[];
}

/** Decodes messages that each follow their length. @throws Error where a message or its length is wrong */
export function decodeFamilies(bytes: Uint8Array): readonly DecodedFamily[] {
  const reader = protobuf.Reader.create(bytes);
  const families: DecodedFamily[] = [];
  while (reader.pos < reader.len) {
    const message = type.decodeDelimited(reader);
    const fault = type.verify(message);
    if (fault !== null) throw new Error(fault);
    families.push(type.toObject(message, { longs: Number, enums: String }) as DecodedFamily);
  }
  return families;
}

/** Counts of exponential buckets by their index. */
export function nativeCountsOf({
  positive_span = [],
  positive_delta = [],
}: DecodedHistogram): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let [index, count, next] = [0, 0, 0];
  for (const { offset, length } of positive_span) {
    index += offset;
    for (let left = length; left > 0; left--, index++) {
      count += positive_delta[next++] ?? NaN;
      if (count !== 0) counts.set(index, count);
    }
  }
  if (next !== positive_delta.length) throw new Error(`want ${next} deltas, got ${positive_delta.length}`);
  return counts;
}
