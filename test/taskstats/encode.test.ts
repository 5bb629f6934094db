/** Encodes requests, and reads them back with the tests' own reader, which is modelled on the kernel's. */

import { endianness } from "node:os";
import { expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { createQueryBatch, encodeCgroupQuery, encodeCpumask, queryBytes } from "../../src/taskstats/encode.ts";
import { readRequests } from "../support/request-reader.ts";

const little = endianness() === "LE";
const familyId = 31;
const GET = 1;

test.each([
  { kind: "PID", attribute: 1 },
  { kind: "TGID", attribute: 2 },
])("a $kind query has its id in attribute $attribute, and asks for no acknowledgement", ({ attribute }) => {
  const batch = createQueryBatch(familyId, 1);
  batch.write(0, { seq: 77, attribute, id: 4_194_303 });
  const [request, ...others] = readRequests(batch.bytes);
  expect(others).toEqual([]);
  expect(request).toMatchObject({ type: familyId, command: GET, version: 1, seq: 77, wantsAck: false });
  expect([...(request?.numbers ?? [])]).toEqual([[attribute, 4_194_303]]);
});

test("a query has the bytes that a real kernel answers", () => {
  const batch = createQueryBatch(0x1f, 1);
  batch.write(0, { seq: 7, attribute: 1, id: 0x3ffffc });
  // As the kernel repeats it in an ESRCH error: 28 bytes, type 31, NLM_F_REQUEST, CMD_GET version 1, one attribute.
  const repeated = "1c0000001f00010007000000000000000101000008000100fcff3f00";
  if (little) expect(Buffer.from(batch.bytes).toString("hex")).toBe(repeated);
  expect(batch.bytes).toHaveLength(queryBytes);
});

test("each query of a batch has its own sequence number and id", () => {
  const ids = fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(ids, fc.nat(0xffff_ffff), (wanted, seq) => {
      const batch = createQueryBatch(familyId, 64);
      wanted.forEach((id, index) => batch.write(index, { seq: (seq + index) >>> 0, attribute: 2, id }));
      const requests = readRequests(batch.bytes.subarray(0, wanted.length * queryBytes));
      expect(requests.map(({ numbers }) => numbers.get(2))).toEqual(wanted);
      expect(requests.map((request) => request.seq)).toEqual(wanted.map((_, index) => (seq + index) % 2 ** 32));
    }),
    { numRuns: 100, interruptAfterTimeLimit: 1000 },
  );
});

test("a query that is written over another one keeps nothing of it", () => {
  const batch = createQueryBatch(familyId, 2);
  batch.write(1, { seq: 0xffff_ffff, attribute: 2, id: 0xffff_ffff });
  batch.write(1, { seq: 1, attribute: 1, id: 1 });
  const fresh = createQueryBatch(familyId, 2);
  fresh.write(1, { seq: 1, attribute: 1, id: 1 });
  expect(batch.bytes).toEqual(fresh.bytes);
});

test.each(["0", "0-1", "0-127", "0,2,4-7", ""])(
  "a registration for CPUs '%s' has that list, and asks for an acknowledgement",
  (cpulist) => {
    const bytes = encodeCpumask({ familyId, seq: 1, attribute: 3, cpulist });
    const [request, ...others] = readRequests(bytes);
    expect(others).toEqual([]);
    expect(request).toMatchObject({ type: familyId, command: GET, version: 1, seq: 1, wantsAck: true });
    expect([...(request?.texts ?? [])]).toEqual([[3, cpulist]]);
    expect(bytes.length % 4).toBe(0);
    // NLA_STRING: the text's length counts its NUL.
    expect(new DataView(bytes.buffer).getUint16(20, little)).toBe(4 + cpulist.length + 1);
  },
);

test("a request about a control group has its descriptor in attribute 1 of command 4, and asks for no acknowledgement", () => {
  const [request, ...others] = readRequests(encodeCgroupQuery({ familyId, seq: 0xffff_ffff, descriptor: 1_000_000 }));
  expect(others).toEqual([]);
  expect(request).toMatchObject({ type: familyId, command: 4, version: 1, seq: 0xffff_ffff, wantsAck: false });
  expect([...(request?.numbers ?? [])]).toEqual([[1, 1_000_000]]);
});
