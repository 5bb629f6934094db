/** Many wrong passwords to the built program. Other clients are served, and the program ends. */

import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createCertificateDirectory, type CertificateDirectory } from "../http/web-config/certificates.ts";
import { parsePage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const attempt = (number: number): string =>
  `GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic("alice", `wrong ${number}`)}\r\n\r\n`;

const right = { authorization: basic("alice", "wonderland") };

describeKernel("the built program that asks for passwords", () => {
  let directory: CertificateDirectory;
  let users: string;
  let program: Program | undefined;
  let sockets: Socket[] = [];
  beforeAll(async () => {
    directory = createCertificateDirectory();
    // The default cost of htpasswd -B is 5, and exporter-toolkit's documents use 10.
    users = `basic_auth_users:\n  alice: ${await bcrypt("wonderland", 10)}\n`;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    await program?.stop();
    program = undefined;
  });

  const start = (text: string, ...flags: string[]): Promise<Program> =>
    startProgram([`--web.config.file=${directory.write("web.yml", text)}`, ...flags]);

  async function open({ url }: Program, from = "127.0.0.1"): Promise<Socket> {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", localAddress: from });
    sockets.push(socket.on("error", () => undefined).resume());
    await once(socket, "connect");
    return socket;
  }

  /** Sends 3,000 wrong passwords over some connections at once. */
  async function flood(started: Program, from?: string): Promise<readonly Socket[]> {
    const opened = await Promise.all(Array.from({ length: 100 }, () => open(started, from)));
    opened.forEach((socket, index) => {
      socket.write(Array.from({ length: 30 }, (_, at) => attempt(30 * index + at)).join(""));
    });
    return opened;
  }

  test("admits the right password after a start, though a client that has left sent 3,000 wrong ones", async () => {
    const started = (program = await start(users));
    for (const socket of await flood(started)) socket.destroy();
    const response = await started.get("/metrics", right);
    expect(response.status).toBe(200);
    await response.text();
  });

  test("admits another address, and an admitted client, while 3,000 wrong passwords wait, and counts refused ones", async () => {
    const started = (program = await start(users, "--web.public-health"));
    await flood(started, "127.0.0.7");
    expect((await started.get("/-/healthy")).status).toBe(200);
    const first = await started.get("/metrics", right);
    expect(first.status).toBe(200);
    await first.text();
    await flood(started, "127.0.0.7");
    // Each wrong password waits for five seconds at most.
    for (let refused = 0; refused === 0;) {
      const page = parsePage(await (await started.get("/metrics", right)).text());
      refused = page.value("taskstats_exporter_requests_rejected_total", { reason: "passwords" }) ?? 0;
    }
    expect((await started.get("/-/ready")).status).toBe(200);
    expect((await started.get("/metrics")).status).toBe(401);
  });

  test("ends by a signal while passwords are compared", async () => {
    const started = (program = await start(users));
    await flood(started);
    expect(await started.stop()).toBe(0);
  });
});
