import { expect, test } from "@jest/globals";
import { chooseFormat } from "../../src/http/accept.ts";

const prometheus3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const prometheus2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/** As Prometheus 3.5 sends it where it scrapes native histograms, and where it is told to ask for protobuf first. */
const nativeHistograms =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

test.each([
  ["Prometheus 3.5 that scrapes native histograms", nativeHistograms, "protobuf"],
  ["a scraper of other messages", "application/vnd.google.protobuf;proto=other.Family;encoding=delimited", "text"],
  [
    "a scraper of messages that are not delimited",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
    "text",
  ],
  ["Prometheus 3.5", prometheus3, "openmetrics"],
  ["Prometheus 2.42", prometheus2, "openmetrics"],
  ["no header", undefined, "text"],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
  ["curl", "*/*", "text"],
  ["OpenMetrics without a version", "application/openmetrics-text", "openmetrics"],
  ["OpenMetrics 0.0.1 alone", "application/openmetrics-text; version=0.0.1", "text"],
  ["a scraper that prefers text", "application/openmetrics-text;q=0.1, text/plain;version=0.0.4", "text"],
  ["a scraper that refuses OpenMetrics", "application/openmetrics-text;q=0", "text"],
  ["a quality that is no number", "application/openmetrics-text;q=x", "text"],
  ["nonsense", ";;,=,,", "text"],
])("answers %s in the format that it prefers", (_who, accept, format) => expect(chooseFormat(accept)).toBe(format));
