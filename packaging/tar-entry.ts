/**
 * Writes tar archives with extended attributes: tar(1) writes these only where root has set them on a file. Pure.
 * Source: pax(1), "ustar Interchange Format" and "pax Extended Header"; SCHILY.xattr. as star and containers' tools
 * have it.
 */

const blockBytes = 512;

export interface Entry {
  /** The path of a folder ends with a slash. */
  readonly path: string;
  readonly mode: number;
  readonly epochSeconds: number;
  readonly content?: Uint8Array;
  /** Values by name: `security.capability`. */
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
}

const typeFlags = { file: "0", folder: "5", extended: "x" } as const;

/** A number in tar's form: octal digits and a zero byte. */
const octal = (value: number, bytes: number): string => `${value.toString(8).padStart(bytes - 1, "0")}\0`;

interface Header {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly epochSeconds: number;
  readonly type: keyof typeof typeFlags;
}

function encodeHeader({ path, mode, size, epochSeconds, type }: Header): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path}: want a path of 100 bytes at the most`);
  const header = Buffer.alloc(blockBytes);
  const fields = [octal(mode, 8), octal(0, 8), octal(0, 8), octal(size, 12), octal(epochSeconds, 12)].join("");
  header.write(path, 0);
  header.write(`${fields}${" ".repeat(8)}${typeFlags[type]}`, 100, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)} `, 148, "latin1");
  return header;
}

const padding = (size: number): Buffer => Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);

/** One record of an extended header, which begins with its own length. */
function encodeRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function encodeExtended({ path, attributes = {}, epochSeconds }: Entry): Buffer[] {
  const names = Object.entries(attributes);
  if (names.length === 0) return [];
  const records = Buffer.concat(names.map(([name, value]) => encodeRecord(`SCHILY.xattr.${name}`, value)));
  const header = { path: `PaxHeaders/${path}`, mode: 0o644, size: records.length, epochSeconds, type: "extended" };
  return [encodeHeader(header as Header), records, padding(records.length)];
}

/** An archive of these entries, owned by root. */
export function encodeArchive(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const { path, mode, epochSeconds, content = new Uint8Array() } = entry;
    const type = path.endsWith("/") ? "folder" : "file";
    const header = encodeHeader({ path, mode, size: content.length, epochSeconds, type });
    return [...encodeExtended(entry), header, content, padding(content.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}
