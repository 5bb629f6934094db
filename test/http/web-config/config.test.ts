import { describe, expect, test } from "@jest/globals";
import { fc } from "../../support/properties.ts";

import { ExporterError } from "../../../src/base/errors.ts";
import { parseWebConfig } from "../../../src/http/web-config/config.ts";

const hash = "$2y$10$FzT5KTbepmxNk80EGV526exk6KGsZDfVD8ZZBIYAxV8U2hhuWc5Hm";
const tls = "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n";

/** The error that `text` gives, without its code and remedy. */
function errorOf(text: string): string {
  try {
    parseWebConfig(text, "web.yml");
  } catch (error) {
    if (error instanceof ExporterError && error.code === "WEB_CONFIG") {
      return error.message.replace("WEB_CONFIG at ", "").replace("; mend the place that the message names", "");
    }
    throw error;
  }
  return "no error";
}

describe("an error of the file names line, column, what was wanted and what was found:", () => {
  const rows: readonly [title: string, text: string, error: string][] = [
    ["a list at the top", "- a\n", "web.yml:1:1: want a mapping, got a list"],
    ["a text at the top", "\nhello\n", "web.yml:2:1: want a mapping, got a text"],
    [
      "an unknown section",
      "rate_limits: {}\n",
      'web.yml:1:1: want one of tls_server_config, http_server_config, basic_auth_users, rate_limit, got "rate_limits"',
    ],
    [
      "an unknown key",
      "rate_limit:\n  interval: 1s\n  bursts: 3\n",
      'web.yml:3:3: want one of interval, burst, got "bursts"',
    ],
    ["a key that is a list", "? [a]\n: b\n", "web.yml:1:3: want a text as key, got a list"],
    ["a duplicate key", "rate_limit:\n  burst: 1\n  burst: 2\n", "web.yml:3:3: want each key once, got a duplicate"],
    ["a duplicate user", `basic_auth_users:\n  a: ${hash}\n  "a": ${hash}\n`, "web.yml:3:3: want each key once"],
    ["an unclosed bracket", "rate_limit: {burst: 1\n", "web.yml:2:1: want valid YAML, got an error: Flow map"],
    ["a second document", "rate_limit: {}\n---\na: 1\n", "web.yml:2:1: want one YAML document, got a second one"],
    ["an alias without anchor", "rate_limit: *limits\n", "web.yml:1:13: want an anchor above, got *limits without one"],
    ["a section that is a text", "rate_limit: fast\n", "web.yml:1:13: want a mapping, got a text"],
    ["a text that is a list", "tls_server_config:\n  cert: [a]\n", "web.yml:2:9: want a text, got a list"],
    ["a boolean in quotes", 'http_server_config:\n  http2: "true"\n', 'web.yml:2:10: want true or false, got "true"'],
    ["an integer with a fraction", "rate_limit:\n  burst: 2.5\n", 'web.yml:2:10: want an integer, got "2.5"'],
    [
      "a duration without unit",
      'rate_limit:\n  interval: "5"\n',
      'web.yml:2:13: want a duration such as 1s or 500ms, got "5"',
    ],
    ["a duration in days", "rate_limit:\n  interval: 1d\n", "web.yml:2:13: want a duration such as 1s or 500ms"],
    [
      "a header that may not be set",
      "http_server_config:\n  headers:\n    x-frame-options: deny\n",
      "web.yml:3:5: want one of Content-Security-Policy, Strict-Transport-Security, ",
    ],
    [
      "a header's value",
      "http_server_config:\n  headers:\n    X-Frame-Options: DENY\n",
      'web.yml:3:22: want deny or sameorigin, got "DENY"',
    ],
    [
      "a blank header that must not be",
      "http_server_config:\n  headers:\n    X-Content-Type-Options:\n",
      'web.yml:3:28: want nosniff, got ""',
    ],
    [
      "a header that would split the answer's head",
      'http_server_config:\n  headers:\n    X-XSS-Protection: "a\\0b"\n',
      "web.yml:3:23: want a header in printable ASCII, got other characters",
    ],
    [
      "a header beyond ASCII",
      "http_server_config:\n  headers:\n    Content-Security-Policy: é\n",
      "web.yml:3:30: want a header in printable ASCII, got other characters",
    ],
    [
      "a cost that bcrypt does not have",
      `basic_auth_users:\n  alice: ${hash.replace("$10$", "$03$")}\n`,
      "web.yml:2:10: want a bcrypt hash ($2y$, a cost of 04 to 31, 53 characters), got 60 characters of another form",
    ],
    ["a user without hash", "basic_auth_users:\n  alice:\n", "web.yml:2:9: want a bcrypt hash"],
  ];
  test.each(rows)("%s", (_title, text, error) => {
    expect(errorOf(text).slice(0, error.length)).toBe(error);
  });

  test("all errors of a file are in one message", () => {
    expect(errorOf("http_server_config: {http2: 3}\nrate_limit:\n  burst: x\n  interval: y\n")).toBe(
      'web.yml:1:29: want true or false, got "3", and at web.yml:3:10: want an integer, got "x", ' +
        'and at web.yml:4:13: want a duration such as 1s or 500ms, got "y"',
    );
  });

  test("a wrong value is not also reported as missing", () => {
    expect(errorOf("tls_server_config:\n  key: a\n  cert: []\n")).toBe("web.yml:3:9: want a text, got a list");
  });

  test("no password, hash or key is repeated in an error", () => {
    expect(errorOf("basic_auth_users:\n  alice: secret\n")).not.toContain("secret");
    expect(errorOf('tls_server_config:\n  key: "secret\n  "secret"\n')).not.toContain("secret");
    expect(errorOf("tls_server_config:\n  key: {a: secret}\n")).not.toContain("secret");
  });

  test("any text is either parsed or refused with WEB_CONFIG", () => {
    const words = fc.constantFrom("tls_server_config", "headers", ":", " ", "\n", "  ", "- ", "{", "}", "[", "]", "'");
    const more = fc.constantFrom("&a", "*a", "? ", "|", ">", '"', "#", "~", "0", "\t", "---", "!!x", "<<", "%", "\0");
    const texts = fc.array(fc.oneof(words, more, fc.string({ maxLength: 3 })), { maxLength: 30 });
    fc.assert(
      fc.property(texts, (parts) => {
        errorOf(parts.join(""));
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 10_000 },
    );
  });
});

describe("a file that is right", () => {
  test.each(["", "# nothing\n", "---\n", "{}", "tls_server_config:\nbasic_auth_users: ~\nrate_limit: null\n"])(
    "sets nothing when it is %j",
    (text) => {
      const config = parseWebConfig(text, "web.yml");
      expect(config.tls).toBeUndefined();
      expect(config.rateLimit).toBeUndefined();
      expect(config.headers.size).toBe(0);
      expect(config.users.size).toBe(0);
    },
  );

  test("leaves TLS off if it has only TLS versions, or empty certificates", () => {
    expect(parseWebConfig("tls_server_config: {min_version: TLS13}", "web.yml").tls).toBeUndefined();
    expect(parseWebConfig('tls_server_config: {cert: "", key_file: "", client_auth_type: ""}', "").tls).toBeUndefined();
  });

  test("reads numbers and booleans as the text that was written", () => {
    const config = parseWebConfig(
      `http_server_config: {headers: {X-XSS-Protection: 0}}\nbasic_auth_users: {010: ${hash}, yes: ${hash}}`,
      "web.yml",
    );
    expect(config.headers.get("X-XSS-Protection")).toBe("0");
    expect([...config.users.keys()]).toEqual(["010", "yes"]);
  });

  test("reads yes and off as booleans", () => {
    expect(errorOf("http_server_config: {http2: off}")).toBe("no error");
    expect(parseWebConfig(`${tls}  prefer_server_cipher_suites: no\n`, "").tls?.preferServerCipherSuites).toBe(false);
    expect(parseWebConfig(`${tls}  prefer_server_cipher_suites: yes\n`, "").tls?.preferServerCipherSuites).toBe(true);
  });

  test("has each header on one line, and keeps empty headers", () => {
    const text = "    Content-Security-Policy: |\n      a\n      b\n    Strict-Transport-Security:\n";
    const { headers } = parseWebConfig(`http_server_config:\n  headers:\n${text}`, "web.yml");
    expect(headers.get("Content-Security-Policy")).toBe("a b");
    expect(headers.get("Strict-Transport-Security")).toBe("");
    expect(headers.has("X-XSS-Protection")).toBe(false);
  });

  test("may repeat a hash by anchor and alias", () => {
    const { users } = parseWebConfig(`basic_auth_users: {a: &h ${hash}, b: *h}`, "web.yml");
    expect(users.get("b")).toBe(hash);
  });

  test("reads the interval in Go's notation, a number without a unit as nanoseconds, and 0 as no limit", () => {
    const rateOf = (interval: string) => parseWebConfig(`rate_limit: {interval: ${interval}, burst: 2}`, "").rateLimit;
    expect(rateOf("1m30s")).toEqual({ intervalMs: 90_000, burst: 2 });
    expect(rateOf("5000000")).toEqual({ intervalMs: 5, burst: 2 });
    expect(rateOf("0s")).toBeUndefined();
    expect(rateOf("0")).toBeUndefined();
    expect(parseWebConfig("rate_limit: {interval: 1s}", "").rateLimit).toEqual({ intervalMs: 1000, burst: 0 });
  });
});
