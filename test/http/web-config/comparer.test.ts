import { expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { createComputeHash } from "../../../src/http/web-config/comparer.ts";

const salt = "$2b$04$FzT5KTbepmxNk80EGV526e";

test("the hash of a password is bcrypt's, with the salt and the cost of the given hash", async () => {
  const computeHash = createComputeHash();
  const hash = hashSync("wonderland", salt);
  expect(await computeHash("wonderland", hash)).toBe(hash);
  const other = await computeHash("looking-glass", hash);
  expect(other.slice(0, 29)).toBe(hash.slice(0, 29));
  expect(other).not.toBe(hash);
});

test("a password may hold any characters", async () => {
  const password = "pässwört\u0000 😀";
  expect(await createComputeHash()(password, salt)).toBe(hashSync(password, salt));
});

test("a hash that bcrypt cannot read rejects, and the next one is computed all the same", async () => {
  const computeHash = createComputeHash();
  await expect(computeHash("wonderland", "no hash")).rejects.toThrow();
  expect(await computeHash("wonderland", salt)).toBe(hashSync("wonderland", salt));
});
