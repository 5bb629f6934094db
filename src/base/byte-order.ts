/** The byte order of this machine. Netlink and struct taskstats are in host order. */
export const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
