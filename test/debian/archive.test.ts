/** A fetched file is the one that the archive's index names, and is fetched once. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { fetchFile, fetchIndex } from "./archive.ts";

const content = "a package";
const sha256 = createHash("sha256").update(content).digest("hex");
const index = "Package: etcd\nVersion: 1\n";
const files: Readonly<Record<string, Buffer>> = {
  "/pool/etcd.deb": Buffer.from(content),
  "/dists/sid/main/source/Sources.gz": gzipSync(index),
};

let server: Server;
let mirror: string;
let folder: string;
let asked: string[];

beforeEach(async () => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), "archive-"));
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.statusCode = url in files ? 200 : 404;
    response.end(files[url]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  mirror = `http://127.0.0.1:${port}`;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test("an index is unpacked", async () => {
  expect(await fetchIndex(mirror, "sid", "source/Sources")).toBe(index);
});

test("a suite without that index is an error that names its address", async () => {
  await expect(fetchIndex(mirror, "sid", "binary-amd64/Packages")).rejects.toThrow(
    `${mirror}/dists/sid/main/binary-amd64/Packages.gz: want it, got status 404`,
  );
});

test("a file is fetched once, into a folder that need not be there", async () => {
  const cache = join(folder, "cache");
  const file = await fetchFile(mirror, cache, { path: "pool/etcd.deb", sha256 });
  expect(readFileSync(file, "utf8")).toBe(content);
  expect(await fetchFile(mirror, cache, { path: "pool/etcd.deb", sha256 })).toBe(file);
  expect(asked).toEqual(["/pool/etcd.deb"]);
});

test("a file of another sum than the index says is refused", async () => {
  const other = { path: "pool/etcd.deb", sha256: "0".repeat(64) };
  await expect(fetchFile(mirror, folder, other)).rejects.toThrow(`want SHA256 ${"0".repeat(64)}, got ${sha256}`);
});
