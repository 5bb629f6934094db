/** Servers under a configuration file that a test writes, beside certificates that are made once for all tests of a file. */

import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { once } from "node:events";
import type { RequestOptions } from "node:https";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { execFileSync } from "../../support/processes.ts";
import { createCertificateDirectory, type CertificateDirectory, type KeyPair } from "./certificates.ts";
import { startServer, type RunningServer } from "./client.ts";

export interface WebServerSituation {
  readonly directory: CertificateDirectory;
  /** Has signed the certificates `server.pem`, `renewed.pem` and `client`. */
  readonly authority: KeyPair;
  readonly client: KeyPair;
  /** Signed by itself. */
  readonly stranger: KeyPair;
  /** Writes the configuration file `web.yml`. @returns its path */
  configure(text: string): string;
  /** Starts a server under `text`, which is closed after the test. */
  serve(text: string): Promise<RunningServer>;
  /** Starts a server under any file, which is closed after the test. */
  start(path: string | undefined, publicPaths?: readonly string[]): Promise<RunningServer>;
  /** Options of a client that trusts the authority. */
  trusting(options?: RequestOptions): RequestOptions;
  /** The status of an answer, or "refused" where the connection was refused. */
  outcome(server: RunningServer, options: RequestOptions): Promise<number | string | undefined>;
  /** Connects by TLS and waits for the end of the handshake on the client's side. */
  handshake(server: RunningServer, options?: ConnectionOptions): Promise<TLSSocket>;
  /** Makes `rsa.key`; all other keys are on a curve. */
  makeRsaKey(): void;
}

/** At the top of a test file. The certificates exist only within tests. */
export function useWebServers(): WebServerSituation {
  const running: RunningServer[] = [];
  const made: { directory?: CertificateDirectory; authority?: KeyPair; client?: KeyPair; stranger?: KeyPair } = {};
  const need = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("there are no certificates before the first test");
    return value;
  };

  beforeAll(() => {
    const directory = createCertificateDirectory();
    const authority = directory.authority("authority");
    directory.signed("server", "authority", "DNS:localhost,IP:127.0.0.1");
    directory.signed("renewed", "authority", "DNS:localhost,IP:127.0.0.1");
    const sans = "DNS:scraper.example,IP:2001:db8::1,URI:spiffe://site/scraper";
    const client = directory.signed("client", "authority", sans);
    Object.assign(made, { directory, authority, client, stranger: directory.authority("stranger") });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()));
  });
  afterAll(() => made.directory?.remove());

  const situation: WebServerSituation = {
    get directory() {
      return need(made.directory);
    },
    get authority() {
      return need(made.authority);
    },
    get client() {
      return need(made.client);
    },
    get stranger() {
      return need(made.stranger);
    },
    configure: (text) => situation.directory.write("web.yml", text),
    serve: (text) => situation.start(situation.configure(text)),
    async start(path, publicPaths) {
      const server = await startServer(path, publicPaths);
      running.push(server);
      return server;
    },
    trusting: (options = {}) => ({ ca: situation.authority.cert, ...options }),
    outcome: (server, options) =>
      server.get(options).then(
        ({ status }) => status,
        () => "refused",
      ),
    async handshake({ port }, options = {}) {
      const socket = connect({ host: "127.0.0.1", port, ca: situation.authority.cert, ...options });
      await once(socket, "secureConnect");
      return socket;
    },
    makeRsaKey() {
      const words = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key"];
      execFileSync("openssl", words, { cwd: situation.directory.path, stdio: "pipe" });
    },
  };
  return situation;
}

/** The section of TLS with a certificate and key that `useWebServers` has made, followed by more lines of the section. */
export const tlsLines = (rest = "", name = "server"): string =>
  `tls_server_config:\n  cert_file: ${name}.pem\n  key_file: ${name}.key\n${rest}`;
