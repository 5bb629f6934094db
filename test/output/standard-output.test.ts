import { expect, test } from "@jest/globals";
import { Writable } from "node:stream";
import { print } from "../../src/output/standard-output.ts";

const failing = (code: string): Writable =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });

test("print resolves only when the whole text is written", async () => {
  const chunks: string[] = [];
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      setImmediate(() => {
        chunks.push(String(chunk));
        done();
      });
    },
  });
  await print("page\n", slow);
  expect(chunks).toEqual(["page\n"]);
});

test("a reader that has gone is no error", async () => {
  await expect(print("page\n", failing("EPIPE"))).resolves.toBeUndefined();
});

test("a full disk is an error with a code", async () => {
  await expect(print("page\n", failing("ENOSPC"))).rejects.toThrow(/OUTPUT_FAILED at standard output.*ENOSPC/);
});
