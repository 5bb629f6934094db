import { expect, test } from "@jest/globals";
import { gunzipSync } from "node:zlib";
import { compress, createBody } from "../../src/http/body.ts";

test("a body counts the bytes of its parts, which it does not copy", () => {
  const parts = [Buffer.from("ab"), Buffer.from(""), Buffer.from("cde")];
  const body = createBody(parts);
  expect(body.bytes).toBe(5);
  expect(body.parts[2]).toBe(parts[2]);
});

test("a compressed page unpacks to the whole page, and has the compressed length", async () => {
  const page = "taskstats_processes 1\n".repeat(10_000);
  const packed = await compress(createBody([Buffer.from(page), Buffer.from("# EOF\n")]));
  const bytes = Buffer.concat(packed.parts);
  expect(packed.bytes).toBe(bytes.length);
  expect(bytes.length).toBeLessThan(page.length / 10);
  expect(gunzipSync(bytes).toString()).toBe(`${page}# EOF\n`);
});
