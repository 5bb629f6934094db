/**
 * Parses the text of `--web.config.file`, whose format all Prometheus exporters share. Opens no file.
 * Source: docs/web-configuration.md of prometheus/exporter-toolkit.
 */
import { ExporterError } from "../../base/errors.ts";
import { isNull, isPlain, openYaml, textOf } from "../../yaml/source.ts";
import type { YamlSource } from "../../yaml/source.ts";
import { parseDuration } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import { tlsConfigOf, tlsSection } from "./tls-config.ts";
import type { TlsConfig } from "./tls-config.ts";
import { booleanField, checkedField, integerField, mapField, sectionField, textField } from "./yaml-fields.ts";
import type { Field } from "./yaml-fields.ts";

export interface WebConfig {
  /** `undefined` for plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Header name to value, fit for ServerResponse.setHeader. */
  readonly headers: ReadonlyMap<string, string>;
  /** User name to bcrypt hash. If it is empty, no password is needed. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit: RateLimit | undefined;
}

const hashForm = /^\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/;

/** A text, where null counts as an empty text. */
const textOrBlank: Field<string> = (node, source) => (isNull(node) ? "" : textField(node, source));

const hashField = checkedField(textOrBlank, (hash) =>
  hashForm.test(hash)
    ? undefined
    : {
        want: "a bcrypt hash ($2y$, a cost of 04 to 31, 53 characters)",
        got: `${hash.length} characters of another form`,
      },
);

/**
 * The value of a header. It may be empty, and is then sent empty. Line breaks of block texts become spaces in `headersOf`.
 * Only ASCII is allowed, because the bytes that Node.js writes for other characters depend on the body.
 */
const header = checkedField(textOrBlank, (value) =>
  /[^\t\n\r -~]/.test(value) ? { want: "a header in printable ASCII", got: "other characters" } : undefined,
);

function headerOf(...values: readonly string[]): Field<string> {
  return checkedField(textOrBlank, (value) =>
    values.includes(value) ? undefined : { want: values.join(" or "), got: JSON.stringify(value) },
  );
}

/** The only headers that exporter-toolkit lets a file set. */
const headersSection = sectionField({
  "Content-Security-Policy": header,
  "Strict-Transport-Security": header,
  "X-Content-Type-Options": headerOf("nosniff"),
  "X-Frame-Options": headerOf("deny", "sameorigin"),
  "X-XSS-Protection": header,
});

/** A duration in milliseconds. A number without a unit means nanoseconds, as in Go. */
const durationField: Field<number> = (node, source) => {
  if (isNull(node)) return undefined;
  if (isPlain(node) && /^[-+]?[0-9]+$/.test(textOf(node))) {
    const nanoseconds = integerField(node, source);
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  }
  const text = textField(node, source);
  const duration = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && duration === undefined)
    source.complain(node, { want: "a duration such as 1s or 500ms", got: JSON.stringify(text) });
  return duration;
};

const rootSection = sectionField({
  tls_server_config: tlsSection,
  http_server_config: sectionField({
    // Accepted without effect: the server always speaks HTTP/1.1, because express supports no other version.
    http2: booleanField,
    headers: headersSection,
  }),
  basic_auth_users: mapField(hashField),
  rate_limit: sectionField({ interval: durationField, burst: integerField }),
});

/**
 * Parses the text of a web configuration file.
 *
 * @param file the file's name in errors
 * @throws ExporterError WEB_CONFIG with the line and column of every mistake
 */
export function parseWebConfig(text: string, file: string): WebConfig {
  const source = openYaml(text, file);
  finish(source); // After bad syntax nothing else is reported: what looks like an unknown key may be a piece of a secret.
  const root = source.root === undefined ? undefined : rootSection(source.root, source);
  finish(source);
  const { interval, burst = 0 } = root?.rate_limit ?? {};
  return {
    tls: tlsConfigOf(root?.tls_server_config ?? {}),
    headers: headersOf(root?.http_server_config?.headers ?? {}),
    users: root?.basic_auth_users ?? new Map<string, string>(),
    rateLimit: interval === undefined || interval === 0 ? undefined : { intervalMs: interval, burst },
  };
}

/** Throws if there are complaints: one error for all of them on one line, because a running server logs it. */
function finish(source: YamlSource): void {
  const [first, ...others] = source.complaints();
  if (first === undefined) return;
  const more = others.map(({ where, want, got }) => `, and at ${where}: want ${want}, got ${got}`);
  throw new ExporterError("WEB_CONFIG", { where: first.where, want: first.want, got: first.got + more.join("") });
}

/** The headers with each value on one line, as it is sent. */
function headersOf(section: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(section)) {
    if (value === undefined) continue;
    headers.set(name, value.replace(/[\r\n]/g, " ").replace(/^[ \t]+|[ \t]+$/g, ""));
  }
  return headers;
}
