/** The bill of materials of a package: what npm says of it, with the native binaries and their sums. CycloneDX 1.5. Pure. */

import { createHash } from "node:crypto";

interface Hash {
  readonly alg: string;
  readonly content: string;
}

/** The parts of a CycloneDX component that are read or written here. All other parts stay as npm wrote them. */
export interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly hashes?: readonly Hash[];
  readonly licenses?: readonly unknown[];
  readonly [key: string]: unknown;
}

/** A bill of materials as npm writes it. */
export interface Bom {
  readonly metadata: { readonly component: Component; readonly [key: string]: unknown };
  readonly components: readonly Component[];
  readonly [key: string]: unknown;
}

/** A binary for one processor that is shipped. */
export interface NativeFile {
  /** The path inside the shipped package. */
  readonly path: string;
  readonly sha256: string;
}

export interface BomOptions {
  readonly application: { readonly name: string; readonly version: string };
  /** Components that npm does not know: node, Debian's libraries. */
  readonly others: readonly Component[];
  readonly natives: readonly NativeFile[];
  readonly epochSeconds: number;
}

/** A file as a component of its own. */
const fileComponent = ({ path, sha256 }: NativeFile): Component => ({
  "bom-ref": `file:${path}`,
  type: "file",
  name: path,
  hashes: [{ alg: "SHA-256", content: sha256 }],
});

const byReference = (a: Component, b: Component): number => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);

/** A UUID, version 8 of RFC 9562, derived from the text alone. */
function uuidOf(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex");
  const variant = "89ab"[Number.parseInt(digits[16] ?? "0", 16) % 4] ?? "8";
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, variant + digits.slice(17, 20)];
  return [...parts, digits.slice(20, 32)].join("-");
}

/**
 * Completes npm's bill: the program's own name, components that npm does not know, the sums of native binaries, the
 * source's time instead of the run's, and a serial number derived from the contents, so that equal contents have
 * equal numbers.
 *
 * @returns its text
 */
export function completeBom(bom: Bom, { application, others, natives, epochSeconds }: BomOptions): string {
  const { name, version } = application;
  const component = { ...bom.metadata.component, type: "application", name, version };
  const timestamp = new Date(epochSeconds * 1000).toISOString();
  const components = [...bom.components, ...others, ...natives.map(fileComponent)].sort(byReference);
  const whole = { ...bom, metadata: { ...bom.metadata, timestamp, component }, components };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify({ ...whole, serialNumber: undefined }))}`;
  return `${JSON.stringify({ ...whole, serialNumber }, null, 2)}\n`;
}

/** The component of a library or program that was shipped as it came. */
export function describeComponent(
  purl: string,
  { type, name, version, licence }: { type: string; name: string; version: string; licence?: string },
): Component {
  const licenses = licence === undefined ? {} : { licenses: [{ license: { id: licence } }] };
  return { "bom-ref": purl, type, name, version, purl, ...licenses };
}
