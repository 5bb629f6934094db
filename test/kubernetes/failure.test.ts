import { describe, expect, test } from "@jest/globals";
import { failureOfError, failureOfRefusal, troubleOf } from "../../src/kubernetes/failure.ts";

const errorOf = (code?: string): Error => Object.assign(new Error("what happened"), { code });

describe("a failure", () => {
  test.each([
    ["ECONNREFUSED", "unreachable"],
    ["ECONNRESET", "unreachable"],
    ["EHOSTUNREACH", "unreachable"],
    ["EAI_AGAIN", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["ERR_STREAM_PREMATURE_CLOSE", "unreachable"],
    [undefined, "unreachable"],
    ["ETIMEDOUT", "timeout"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["ERR_OSSL_PEM_BAD_BASE64_DECODE", "tls"],
    ["EPROTO", "tls"],
    ["HPE_INVALID_CONSTANT", "malformed"],
  ])("from the error %s is counted as %s", (code, counted) => {
    expect(failureOfError(errorOf(code))).toMatchObject({ code: counted, got: "what happened" });
  });

  test.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [410, "gone"],
    [429, "server_error"],
    [500, "server_error"],
    [504, "server_error"],
    [302, "malformed"],
    [404, "malformed"],
    [undefined, "server_error"],
  ])("from the status %j is counted as %s", (status, counted) => {
    expect(failureOfRefusal({ status, message: undefined }).code).toBe(counted);
  });

  test.each([
    ["0", 0],
    ["12", 12_000],
    ["99999999999999999999999999", 300_000],
    ["-1", undefined],
    ["1e9", undefined],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    [undefined, undefined],
  ])("with the header Retry-After: %j waits %j ms longer", (retryAfter, ms) => {
    expect(failureOfRefusal({ status: 503, message: undefined, retryAfter }).retryAfterMs).toBe(ms);
  });

  test("is an error on one line with its code, the place, and 300 characters of the server's message at the most", () => {
    const failure = failureOfRefusal({ status: 403, message: `no\n\tway${"y".repeat(1000)}` });
    const { message } = troubleOf(failure, "https://server:443, pods of node n");
    expect(message).toMatch(
      /^KUBERNETES_REFUSED at https:\/\/server:443, pods of node n: want .*, got forbidden \(status 403: no wayy{293}\); /,
    );
    expect(message).not.toContain("\n");
  });

  test("keeps its cause", () => {
    const cause = errorOf("ECONNREFUSED");
    expect(troubleOf(failureOfError(cause), "server").cause).toBe(cause);
  });
});
