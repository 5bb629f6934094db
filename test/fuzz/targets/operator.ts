/**
 * Parsers of what an operator writes, or somebody who was given the file to write: rules, web configuration,
 * templates, patterns.
 */

import { readFileSync, readdirSync } from "node:fs";
import { ExporterError } from "../../../src/base/errors.ts";
import type { ProcessFacts } from "../../../src/classify/process-facts.ts";
import { compilePattern } from "../../../src/classify/pattern.ts";
import { compileTemplate } from "../../../src/classify/template.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { createGroupingRules } from "../../../src/grouping-rules.ts";
import { parseWebConfig } from "../../../src/http/web-config/config.ts";
import { bytesOf, hold, isWellFormed, textOf, type Outcome, type Target } from "../target.ts";

const facts: ProcessFacts = {
  tgid: 4242,
  comm: "a\u{1f600}b\u2028",
  argv: ["/usr/bin/ja va", "-D\n=x", "", "ö".repeat(200)],
  cgroups: ["/system.slice/x.service", "/../kubepods/y"],
  user: "root",
  effectiveUser: undefined,
  startTime: 1_700_000_000.5,
};

/** The longest text that one action of a template can show of the process above. */
const mostShown = 1000;

/** Checks the code and the length of an error of the operator. */
function checkError(error: unknown, code: string, input: Uint8Array): Outcome {
  if (!(error instanceof ExporterError)) throw error;
  hold(error.code === code, `the error is ${code}, not ${error.code}`);
  hold(error.message.length <= 4 * input.length + 20_000, "an error is not much longer than its file");
  return `${error.code} ${error.details.want.slice(0, 60).replace(/[\d"].*/s, "")}`;
}

function checkConfig(input: Uint8Array): Outcome {
  try {
    const config = parseConfig(textOf(input), "file");
    const { limits } = config;
    for (const limit of Object.values(limits)) hold(limit === Infinity || limit > 0, "limits are positive");
    const { classifier } = createGroupingRules(config);
    const verdict = classifier.classify(facts);
    if (verdict.kind === "group") {
      for (const value of Object.values(verdict.labels)) hold(isWellFormed(value), "labels are well-formed");
    }
    return `good ${verdict.kind} ${config.rules.length} ${Math.min(config.warnings.length, 9)}`;
  } catch (error) {
    return checkError(error, "CONFIG", input);
  }
}

function checkWebConfig(input: Uint8Array): Outcome {
  try {
    return `good ${Object.keys(parseWebConfig(textOf(input), "file")).join()}`;
  } catch (error) {
    return checkError(error, "WEB_CONFIG", input);
  }
}

function checkTemplate(input: Uint8Array): Outcome {
  const text = textOf(input);
  const { value, fault } = compileTemplate(text);
  if (value === undefined) {
    hold(fault.want !== "" && fault.got.length <= text.length + 200, "a fault quotes what it is about");
    return fault.want;
  }
  const whole = { ...facts, effectiveUser: "nobody" };
  const shown = value.render(
    whole,
    new Map([
      ["x", "y"],
      ["", "z"],
    ]),
  );
  const actions = text.split("{{").length;
  hold(shown.length <= text.length + actions * mostShown, "what is shown is bounded");
  return `good ${value.needs.join()} ${value.fixed}`;
}

function checkPattern(input: Uint8Array): Outcome {
  const text = textOf(input);
  const { value, fault } = compilePattern(text, { unnamed: true });
  if (value === undefined) return fault.want;
  for (const subject of ["", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", text]) {
    const captures = value.match(subject);
    for (const capture of captures?.values() ?? []) hold(subject.includes(capture), "a group is a part of its text");
  }
  return `good ${Math.min(value.groups.length, 5)}`;
}

const examples = new URL("../../../deploy/examples/", import.meta.url);
const rules = readdirSync(examples).map((file) => readFileSync(new URL(file, examples)));

const webConfig = `tls_server_config:
  cert_file: a.pem
  key_file: a.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
http_server_config:
  headers: { X-Frame-Options: deny }
basic_auth_users:
  me: $2y$10$Rql2sZpzWkyEPNDPuM8XtOBOkOoZ2vbJGvYRkU2pJxM5kRk6i4lUy
rate_limit: { interval: 1s, burst: 20 }
`;

const yaml = [
  "\n  ",
  ": ",
  "- ",
  "{",
  "}",
  "[",
  "]",
  "&a ",
  "*a",
  "<<: ",
  "!!str ",
  "|\n",
  ">-\n",
  "---\n",
  "? ",
  "#",
  "~",
  "null",
  "0x1f",
  "1e9",
  "\ufeff",
  "\t",
];
const keys = [
  "process_names",
  "name",
  "comm",
  "exe",
  "cmdline",
  "user",
  "cgroup",
  "labels",
  "ignore",
  "limits",
  "max_groups",
  "max_thread_names",
  "histograms",
  "kubernetes",
  "unit",
];
const actions = [
  "{{.Comm}}",
  "{{.ExeBase}}",
  "{{ index .Cgroups 1 }}",
  "{{.Matches.x}}",
  "{{",
  "}}",
  "{{- ",
  " -}}",
  'index .Matches "',
  "{{.StartTime}}",
  "{{.PID}}",
];
const syntax = [
  "(?P<x>",
  "(?:",
  "(?i)",
  "[^",
  "\\p{L}",
  "{1000}",
  "{2,",
  "*?",
  "|",
  "\\Q",
  "\\x{10ffff}",
  "[[:alpha:]]",
  ")",
];

export const operatorTargets: readonly Target[] = [
  {
    name: "config",
    seeds: rules,
    words: [...yaml, ...keys, ...actions],
    maxBytes: 3000,
    quick: 600,
    check: checkConfig,
  },
  {
    ...{ name: "web-config", seeds: [bytesOf(webConfig)], words: [...yaml, "TLS13", "X25519", "$2y$31$", "1h"] },
    ...{ maxBytes: 2000, quick: 1000, check: checkWebConfig },
  },
  {
    ...{ name: "template", seeds: actions.map((text) => bytesOf(`a${text}b`)), words: actions },
    ...{ maxBytes: 400, quick: 20_000, check: checkTemplate },
  },
  {
    ...{ name: "pattern", seeds: ["^(?P<x>[a-z]+)\\d*$", "(a+)+$", "(a|b|ab)*c"].map(bytesOf), words: syntax },
    ...{ maxBytes: 60, quick: 1000, check: checkPattern },
  },
];
