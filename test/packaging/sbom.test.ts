import { expect, test } from "@jest/globals";
import { completeBom, describeComponent, type Bom } from "../../packaging/sbom.ts";

const component = (name: string): Bom["components"][number] => ({ "bom-ref": `${name}@1`, type: "library", name });

/** As npm makes it: anew each time. */
const ofNpm = (serial: string, timestamp: string): Bom => ({
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  serialNumber: `urn:uuid:${serial}`,
  metadata: { timestamp, component: component("folder-of-the-build") },
  components: [component("b"), component("a")],
});

const options = {
  application: { name: "taskstats-exporter", version: "1.2.3" },
  others: [describeComponent("pkg:npm/node@22", { type: "application", name: "node", version: "22", licence: "MIT" })],
  natives: [{ path: "lib/node", sha256: "ab".repeat(32) }],
  epochSeconds: 0,
};

test("two runs make the same text, and another binary another number", () => {
  const first = completeBom(ofNpm("1", "2026-01-01T00:00:00Z"), options);
  expect(completeBom(ofNpm("2", "2027-01-01T00:00:00Z"), options)).toBe(first);
  const other = completeBom(ofNpm("1", ""), { ...options, natives: [{ path: "lib/node", sha256: "cd".repeat(32) }] });
  const numberOf = (text: string): unknown => (JSON.parse(text) as { readonly serialNumber: string }).serialNumber;
  expect(numberOf(other)).not.toBe(numberOf(first));
  expect(numberOf(first)).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the bill has npm's packages, node and the sum of each native binary", () => {
  const bom = JSON.parse(completeBom(ofNpm("1", ""), options)) as Bom;
  expect(bom.components.map(({ name }) => name)).toEqual(["a", "b", "lib/node", "node"]);
  expect(bom.components[2]).toMatchObject({ type: "file", hashes: [{ alg: "SHA-256", content: "ab".repeat(32) }] });
  expect(bom.components[3]).toMatchObject({ purl: "pkg:npm/node@22", licenses: [{ license: { id: "MIT" } }] });
  expect(bom.metadata).toMatchObject({
    timestamp: "1970-01-01T00:00:00.000Z",
    component: { name: "taskstats-exporter", version: "1.2.3", type: "application" },
  });
});
