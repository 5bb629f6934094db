/**
 * Reads the section `tls_server_config`: its keys, and the rules between them. Opens no file.
 * Source: docs/web-configuration.md of prometheus/exporter-toolkit.
 */
import type { Fault } from "../../yaml/source.ts";
import { cipherSuites, clientAuthTypes, curves, tlsVersions } from "./tls-names.ts";
import type { CipherSuite, ClientAuth, TlsVersion } from "./tls-names.ts";
import {
  blankableField,
  booleanField,
  checkedField,
  listField,
  nameField,
  sectionField,
  textField,
} from "./yaml-fields.ts";
import type { Field, Section } from "./yaml-fields.ts";

/** A PEM text in the configuration itself, or in a file. The path is relative to the configuration's directory. */
export type PemSource = { readonly text: string } | { readonly file: string };

export interface TlsConfig {
  readonly cert: PemSource;
  readonly key: PemSource;
  /** The authorities that may sign client certificates. Without it, Node.js' own list is used. */
  readonly clientCa: PemSource | undefined;
  readonly clientAuth: ClientAuth;
  /** A client certificate must contain one of these names. An empty list admits no client; `undefined` admits all names. */
  readonly clientAllowedSans: readonly string[] | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Empty means Go's default, which is the whole table. */
  readonly cipherSuites: readonly CipherSuite[];
  readonly preferServerCipherSuites: boolean;
  /** In order of preference. Empty means OpenSSL's default. */
  readonly curves: readonly string[];
}

const blankableText = blankableField(textField);

const fields = {
  cert: blankableText,
  cert_file: blankableText,
  key: blankableText,
  key_file: blankableText,
  client_ca: blankableText,
  client_ca_file: blankableText,
  client_auth_type: blankableField(nameField<ClientAuth>(clientAuthTypes)),
  client_allowed_sans: listField(textField),
  min_version: nameField<TlsVersion>(tlsVersions),
  max_version: nameField<TlsVersion>(tlsVersions),
  cipher_suites: listField(nameField<CipherSuite>(cipherSuites)),
  curve_preferences: listField(nameField<string>(curves)),
  prefer_server_cipher_suites: booleanField,
} as const;

type TlsSection = Section<typeof fields>;

/** Reads the section, without defaults. */
export const tlsSection: Field<TlsSection> = checkedField(sectionField(fields), faultIn);

/**
 * Adds the defaults to the section. Returns `undefined` if it does not turn TLS on. If both the text and the file of a
 * certificate are given, the file counts, as in exporter-toolkit.
 */
export function tlsConfigOf(section: TlsSection): TlsConfig | undefined {
  const cert = pemSource(section.cert, section.cert_file);
  const key = pemSource(section.key, section.key_file);
  if (cert === undefined || key === undefined) return undefined;
  return {
    cert,
    key,
    clientCa: pemSource(section.client_ca, section.client_ca_file),
    clientAuth: section.client_auth_type ?? clientAuthTypes.NoClientCert,
    clientAllowedSans: section.client_allowed_sans,
    minVersion: section.min_version ?? tlsVersions.TLS12,
    maxVersion: section.max_version ?? tlsVersions.TLS13,
    cipherSuites: section.cipher_suites ?? [],
    preferServerCipherSuites: section.prefer_server_cipher_suites ?? true,
    curves: section.curve_preferences ?? [],
  };
}

function pemSource(text: string | undefined, file: string | undefined): PemSource | undefined {
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

/** The first rule that the section breaks. A section without certificates and client rules leaves TLS off, and breaks none. */
function faultIn(section: TlsSection): Fault | undefined {
  const { client_auth_type: auth } = section;
  const cert = section.cert ?? section.cert_file;
  const key = section.key ?? section.key_file;
  const ca = section.client_ca ?? section.client_ca_file;
  if ((cert ?? key ?? ca ?? auth) === undefined) return undefined;
  if (cert === undefined) return { want: "one of cert or cert_file", got: "neither" };
  if (key === undefined) return { want: "one of key or key_file", got: "neither" };
  if (ca !== undefined && auth?.ask !== true)
    return { want: "a client_auth_type that asks for certificates, beside client_ca or client_ca_file", got: "none" };
  return sansFault(section) ?? versionFault(section);
}

/** Refuses `client_allowed_sans` if clients are admitted without a certificate: the list would then protect nothing. */
function sansFault({ client_allowed_sans: sans, client_auth_type: auth }: TlsSection): Fault | undefined {
  if (sans === undefined || auth?.require === true) return undefined;
  return {
    want: "client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert beside client_allowed_sans",
    got: "one that lets clients in without a certificate",
  };
}

function versionFault({ min_version: min = "TLSv1.2", max_version: max = "TLSv1.3" }: TlsSection): Fault | undefined {
  const order: readonly string[] = Object.values(tlsVersions);
  if (order.indexOf(min) <= order.indexOf(max)) return undefined;
  return { want: "a min_version that is not above max_version", got: `${min} above ${max}` };
}
