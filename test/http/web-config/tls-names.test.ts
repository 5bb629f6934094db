import { expect, test } from "@jest/globals";
import { createSecureContext, getCiphers } from "node:tls";
import { cipherSuites, clientAuthTypes, curves, tlsVersions } from "../../../src/http/web-config/tls-names.ts";

test.each(Object.entries(cipherSuites))("the cipher suite %s is one that this Node.js has", (name, suite) => {
  expect(getCiphers()).toContain(suite.openssl.toLowerCase());
  // Go's names of suites before TLS 1.3 say how keys are exchanged.
  expect(suite.tls13).toBe(!name.includes("_WITH_"));
});

test("no two names stand for the same suite", () => {
  const names = Object.values(cipherSuites).map(({ openssl }) => openssl);
  expect(new Set(names).size).toBe(names.length);
});

test.each(Object.entries(curves))("the curve %s is one that this Node.js has", (_name, curve) => {
  expect(() => createSecureContext({ ecdhCurve: curve })).not.toThrow();
  expect(() => createSecureContext({ ecdhCurve: `${curve}x` })).toThrow();
});

test("the TLS versions are in their order, the oldest first, and this Node.js has each", () => {
  expect(Object.entries(tlsVersions)).toEqual([
    ["TLS10", "TLSv1"],
    ["TLS11", "TLSv1.1"],
    ["TLS12", "TLSv1.2"],
    ["TLS13", "TLSv1.3"],
  ]);
  for (const version of Object.values(tlsVersions))
    expect(() => createSecureContext({ minVersion: version, maxVersion: version })).not.toThrow();
});

test("a type of client authentication that requires or verifies a certificate asks for one", () => {
  for (const [name, { ask, require, verify }] of Object.entries(clientAuthTypes))
    expect([name, ask]).toEqual([name, ask || require || verify]);
  expect(clientAuthTypes.RequireClientCert).toEqual(clientAuthTypes.RequireAnyClientCert);
});
