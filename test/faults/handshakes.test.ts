/** Silent connections to the built program that serves TLS. It ends in time. */

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { request as tlsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { createCertificateDirectory, type CertificateDirectory } from "../http/web-config/certificates.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

describeKernel("the built program that serves TLS", () => {
  let directory: CertificateDirectory;
  let program: Program | undefined;
  let sockets: Socket[] = [];
  beforeAll(() => {
    directory = createCertificateDirectory();
    directory.authority("server");
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    await program?.stop();
    program = undefined;
  });
  afterAll(() => directory.remove());

  async function open({ url }: Program): Promise<Socket> {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
    sockets.push(socket.on("error", () => undefined).resume());
    await once(socket, "connect");
    return socket;
  }

  test("ends by a signal while TLS handshakes are open, before their timeout", async () => {
    const file = directory.write("web.yml", "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n");
    const started = (program = await startProgram([`--web.config.file=${file}`]));
    const silent = await Promise.all([open(started), open(started)]);
    silent[1].write(Buffer.from([0x16, 0x03, 0x01]));
    const answer = tlsRequest(new URL("/-/healthy", started.url), { rejectUnauthorized: false }).end();
    const [{ statusCode }] = (await once(answer, "response")) as [{ statusCode: number }];
    expect(statusCode).toBe(200);
    // The connections are closed by the end of the program, not by the 10 s that a handshake may take.
    const ended = started.stop();
    const before = performance.now();
    expect(await ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(9000);
  });
});
